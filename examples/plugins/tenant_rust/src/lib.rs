//! All keys of a tenant, "tenant:what", go to one partition. In Rust against the C headers: the
//! structs below are those of abi.h, batch.h, partitioner.h and plugin.h, field by field. Fields of
//! an ABI major never move, so they may be written down; what a newer host has more lies behind
//! them.

use std::ffi::{c_char, c_void};
use std::ptr::null;

#[repr(C)]
pub struct Bytes {
    data: *const u8,
    size: usize,
}

#[repr(C)]
pub struct Topic {
    struct_size: u32,
    partition_count: i32,
    name: Bytes,
    id: [u8; 16],
    epoch: u64,
}

#[repr(C)]
pub struct Batch {
    struct_size: u32,
    record_count: u32,
    columns: u32,
    flags: u32,
    topic: *const Topic,
    client: *const c_void,
    partition: i32,
    base_sequence: i32,
    producer_id: i64,
    producer_epoch: i32,
    compression: i32,
    base_offset: i64,
    keys: *const Bytes,
}

/// What a call gets of the host's or the plugin's own and does not look into.
type Opaque = *mut c_void;
type Choose = unsafe extern "C" fn(
    shard: Opaque,
    batch: *const Batch,
    partitions: *mut i32,
    error: Opaque,
) -> i32;

#[repr(C)]
pub struct Partitioner {
    struct_size: u32,
    flags: u32,
    needs: u32,
    reserved: u32,
    choose: Choose,
    instance_needs: *const c_void,
}

#[repr(C)]
pub struct Kind {
    id: *const c_char,
    table: *const Partitioner,
}

#[repr(C)]
pub struct Plugin {
    magic: u32,
    struct_size: u32,
    abi_major: u32,
    abi_minor: u32,
    host_minor_min: u32,
    flags: u32,
    name: *const c_char,
    version: *const c_char,
    licence: *const c_char,
    summary: *const c_char,
    kinds: *const Kind,
    kind_count: u32,
    config_key_count: u32,
    config_keys: *const c_void,
    config_key_size: u32,
    reserved: u32,
    // load, unload, create, destroy, shard_open, shard_close, fingerprint: all optional.
    functions: [*const c_void; 7],
}

// Constant data, shared by everybody.
unsafe impl Sync for Plugin {}
unsafe impl Sync for Kind {}
unsafe impl Sync for Partitioner {}

const OK: i32 = 0;
const DETERMINISTIC: u32 = 1;
const KEYS: u32 = 1;

unsafe extern "C" fn choose(
    _: Opaque,
    batch: *const Batch,
    partitions: *mut i32,
    _: Opaque,
) -> i32 {
    let batch = &*batch;
    let partition_count = (*batch.topic).partition_count as u32;
    for i in 0..batch.record_count as usize {
        let key = &*batch.keys.add(i);
        if key.data.is_null() {
            continue; // stays ANY: every partition is right
        }
        let bytes = std::slice::from_raw_parts(key.data, key.size);
        let mut hash: u32 = 2_166_136_261;
        for byte in bytes.iter().take_while(|byte| **byte != b':') {
            hash = (hash ^ u32::from(*byte)).wrapping_mul(16_777_619);
        }
        *partitions.add(i) = (hash % partition_count) as i32;
    }
    OK
}

static PARTITIONER: Partitioner = Partitioner {
    struct_size: std::mem::size_of::<Partitioner>() as u32,
    flags: DETERMINISTIC,
    needs: KEYS,
    reserved: 0,
    choose,
    instance_needs: null(),
};

static KINDS: [Kind; 1] = [Kind { id: c"tidemill.partitioner/1".as_ptr(), table: &PARTITIONER }];

#[no_mangle]
pub static tidemill_plugin_v1: Plugin = Plugin {
    magic: 0x3150_4d54,
    struct_size: std::mem::size_of::<Plugin>() as u32,
    abi_major: 1,
    abi_minor: 0,
    host_minor_min: 0,
    flags: 0,
    name: c"tenant_rust".as_ptr(),
    version: c"1.0.0".as_ptr(),
    licence: c"Apache-2.0".as_ptr(),
    summary: c"All keys of a tenant go to one partition.".as_ptr(),
    kinds: KINDS.as_ptr(),
    kind_count: 1,
    config_key_count: 0,
    config_keys: null(),
    config_key_size: 0,
    reserved: 0,
    functions: [null(); 7],
};
