/* The one symbol that a plugin exports, and the life of its objects.
 *
 *   plugin     load ............................................................ unload
 *   instance        create ............................................. destroy
 *   shard state          shard_open .. calls of a kind's table .. shard_close
 *
 * A new version of a file is loaded beside the old one; its instances take over between two batches
 * and the old ones are closed. The old file stays mapped until the process ends.
 */
#ifndef TIDEMILL_PLUGIN_H
#define TIDEMILL_PLUGIN_H

#include "tidemill/abi.h"
#include "tidemill/host.h"

TIDEMILL_BEGIN_C

/* "TMP1" in memory, read as little-endian. */
#define TIDEMILL_PLUGIN_MAGIC 0x31504d54u

/* Bits of tidemill_config_key.flags. */
/* never shown in answers, pages and logs */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_KEY_SECRET, 1u << 0);
/* an instance without it is refused; it has no default */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_KEY_REQUIRED, 1u << 1);

/* A key that an instance's configuration may have. In an array whose stride is
 * tidemill_plugin.config_key_size, so that it may grow at its end. */
typedef struct tidemill_config_key {
  /* [a-z][a-z0-9_.-]*, unique within the plugin. */
  const char* name;
  /* TIDEMILL_TYPE_*. A host that does not know it refuses the plugin. */
  uint32_t type;
  /* TIDEMILL_KEY_*. */
  uint32_t flags;
  /* As it would stand in the TOML file, without quotes around text; lists in brackets, "[1, 2]".
   * NULL: none, the key is unset unless the instance sets it. */
  const char* default_value;
  /* One sentence. */
  const char* help;
} tidemill_config_key;

/* One kind that the plugin implements. Frozen. */
typedef struct tidemill_kind {
  /* TIDEMILL_PARTITIONER and so on. A host skips kinds that it does not know. */
  const char* id;
  /* The table of that id; starts with its struct_size. Constant data. */
  const void* table;
} tidemill_kind;

typedef struct tidemill_plugin {
  uint32_t magic;
  uint32_t struct_size;
  /* TIDEMILL_ABI_MAJOR and TIDEMILL_ABI_MINOR of the headers it was compiled with. */
  uint32_t abi_major;
  uint32_t abi_minor;
  /* The lowest minor of a host that it can live with; 0 unless it calls something younger without
   * asking first. */
  uint32_t host_minor_min;
  /* None yet (rule 7). */
  uint32_t flags;

  /* [a-z][a-z0-9_-]*, at most 64 bytes; what the broker's configuration names. Unique among the
   * plugins of a broker; the file is NAME.so by custom. */
  const char* name;
  /* Semantic version, "1.2.0". */
  const char* version;
  /* SPDX expression, "Apache-2.0". */
  const char* licence;
  /* One sentence. */
  const char* summary;

  const tidemill_kind* kinds;
  uint32_t kind_count;
  uint32_t config_key_count;
  const tidemill_config_key* config_keys;
  /* sizeof(tidemill_config_key) of the headers it was compiled with. */
  uint32_t config_key_size;
  uint32_t reserved;

  /* Once, before anything else. Optional: most plugins have nothing to do here.
   * @thread control
   * @blocks may
   * @owns `host` stays valid until unload() has returned, `error` is the caller's
   * @errors any; the file is then not used and unload() not called */
  tidemill_status (*load)(const tidemill_host* host, tidemill_error* error);

  /* Once, after the last instance is gone, when the process stops. By then the plugin has joined
   * its own threads. Optional.
   * @thread control
   * @blocks may
   * @owns nothing
   * @errors none */
  void (*unload)(void);

  /* Makes an instance from the configuration that `host` shows (tidemill_host_config). Once it has
   * returned, the instance never changes what it decides. Optional: without it the instance is
   * NULL.
   * @thread control
   * @blocks may
   * @owns `host` stays valid until destroy() has returned (or create() has failed); `*instance` is
   *       the plugin's, and is handed back to destroy(); `error` is the caller's
   * @errors CONFIG with a message that names the key, or any other; `*instance` is then ignored */
  tidemill_status (*create)(const tidemill_host* host, tidemill_instance** instance,
                            tidemill_error* error);

  /* Ends an instance whose shard states are all closed. Optional.
   * @thread control
   * @blocks may
   * @owns takes `instance` back
   * @errors none */
  void (*destroy)(tidemill_instance* instance);

  /* Makes the state that calls on one shard work with: buffers, caches, a random generator. Indexes
   * from host->shard_count on are states for the blocking pool (TIDEMILL_MAY_BLOCK).
   * Optional: without it every call gets the instance itself, cast, from all shards at the same
   * time, which is right for an instance that never changes.
   * @thread shard
   * @blocks no
   * @owns `*shard` is the plugin's, and is handed back to shard_close(); `error` is the caller's
   * @errors any; the instance is then not used on this shard */
  tidemill_status (*shard_open)(tidemill_instance* instance, uint32_t shard_index,
                                tidemill_shard** shard, tidemill_error* error);

  /* Ends a shard state. No call on it is in flight, no stream or session of it is open. Optional.
   * @thread shard
   * @blocks no
   * @owns takes `shard` back
   * @errors none */
  void (*shard_close)(tidemill_shard* shard);

  /* Two instances with the same fingerprint decide alike, whatever their files are. Moving records
   * between partitions remembers it. Optional: the host then takes a hash of the plugin's name,
   * version and the configuration.
   * @thread control
   * @blocks no
   * @owns nothing
   * @errors none */
  uint64_t (*fingerprint)(const tidemill_instance* instance);
} tidemill_plugin;

#define TIDEMILL_PLUGIN_SYMBOL "tidemill_plugin_v1"

/* Parts of the initializer, in the order of the fields:
 *
 *   const tidemill_plugin tidemill_plugin_v1 = {
 *       TIDEMILL_PLUGIN_HEADER,
 *       .name = "vip", .version = "1.0.0", .licence = "Apache-2.0", .summary = "...",
 *       TIDEMILL_PLUGIN_KINDS(kinds),
 *       TIDEMILL_PLUGIN_CONFIG_KEYS(keys),
 *       .create = create,
 *   };
 */
#define TIDEMILL_PLUGIN_HEADER                                                      \
  .magic = TIDEMILL_PLUGIN_MAGIC, .struct_size = (uint32_t)sizeof(tidemill_plugin), \
  .abi_major = TIDEMILL_ABI_MAJOR, .abi_minor = TIDEMILL_ABI_MINOR
#define TIDEMILL_PLUGIN_KINDS(array) \
  .kinds = (array), .kind_count = (uint32_t)(sizeof(array) / sizeof((array)[0]))
#define TIDEMILL_PLUGIN_CONFIG_KEYS(array)                                                    \
  .config_key_count = (uint32_t)(sizeof(array) / sizeof((array)[0])), .config_keys = (array), \
  .config_key_size = (uint32_t)sizeof((array)[0])

/* The plugin defines it. Nothing else of a plugin should be visible: -fvisibility=hidden. */
extern __attribute__((visibility("default"))) const tidemill_plugin tidemill_plugin_v1;

TIDEMILL_END_C
#endif
