/* Tidemill plugin ABI, major 1: the values that cross the line. C11 and C++20, no dependencies.
 *
 * How the whole ABI works, in ten rules. Every header of this folder keeps them.
 *
 *  1. A plugin exports one symbol, `tidemill_plugin_v1`, constant data (plugin.h). A reader learns
 *     all about it without running any of its code. A breaking change is a new symbol for a new
 *     major.
 *  2. Inside a major, tables and views only grow at their end. Each starts with `struct_size`,
 *     which whoever wrote it sets to the size it was compiled with. A field is there if struct_size
 *     covers it: ask TIDEMILL_HAS before reading a field younger than minor 0. A function that is
 *     there may still be NULL where its comment says "optional".
 *  3. Kinds and host services are found by name and revision, "tidemill.partitioner/1". A breaking
 *     change of one of them is a new revision beside the old one.
 *  4. Value types (tidemill_bytes, tidemill_buffer, tidemill_uuid, tidemill_config_value,
 *     tidemill_kind) lie in arrays and are frozen for ever. What may grow lies in columns: one
 *     array per fact, a new fact is a new column.
 *  5. Whatever is handed in is borrowed for the call, unless its comment names a longer time.
 *     Results go into memory of the caller. Nobody frees what the other side has allocated.
 *  6. Functions that can fail return a tidemill_status and, if they like, fill a tidemill_error
 *     that the caller owns. No exception, longjmp or signal crosses. A negative status that the
 *     reader does not know is a failure like TIDEMILL_INTERNAL; so is an unknown positive one.
 *  7. Enumerations cross as fixed-width integers; the constants are named here. Flag bits 0-15 are
 *     hints that a reader may ignore; a reader that finds an unknown bit among 16-31, or an unknown
 *     bit in a `needs` mask, refuses the plugin with a message.
 *  8. Text is UTF-8. Names and constant metadata are NUL-terminated literals of at most
 *     TIDEMILL_TEXT_MAX bytes; all other text is pointer and size, and not terminated.
 *  9. Three levels of objects: the plugin (once per loaded file), the instance (one configuration,
 *     immutable), the shard state (one thread at a time). Calls that matter for speed get only the
 *     shard state and views of whole batches.
 * 10. Every function says which thread calls it, whether it may block, who owns what and which
 *     errors there are, in four tags that a test reads:
 *
 *       @thread control
 *         the broker's control thread; one call at a time for each plugin
 *       @thread shard
 *         the thread of one shard; never two calls at a time on one shard state (or on what was
 *         opened through it), and always from the same thread. For a table with
 *         TIDEMILL_MAY_BLOCK: a thread of the blocking pool instead, still one call at a time on
 *         one shard state, but not always from the same thread
 *       @thread any
 *         any thread, several at a time, threads of the plugin's own included
 *       @blocks no
 *         returns in microseconds: no lock that another thread may hold for long, no file, no
 *         socket, no sleep
 *       @blocks may
 *         may wait for a device or a peer, seconds at most
 *       @owns
 *         lifetime of what goes in and comes out
 *       @errors
 *         the statuses it answers with, or none
 */
#ifndef TIDEMILL_ABI_H
#define TIDEMILL_ABI_H

#include <stddef.h>
#include <stdint.h>

#define TIDEMILL_ABI_MAJOR 1u
#define TIDEMILL_ABI_MINOR 0u

#if defined(__cplusplus)
#define TIDEMILL_STATIC_ASSERT(condition, message) static_assert(condition, message)
/* A constant of the ABI, of a fixed width where the language has that. */
#define TIDEMILL_CONSTANT(type, name, value) inline constexpr type name = value
#define TIDEMILL_BEGIN_C extern "C" {
#define TIDEMILL_END_C }
#else
#define TIDEMILL_STATIC_ASSERT(condition, message) _Static_assert(condition, message)
#define TIDEMILL_CONSTANT(type, name, value) enum { name = value }
#define TIDEMILL_BEGIN_C
#define TIDEMILL_END_C
#endif

/* Whether `field` of the table or view `pointer` points to was written by the other side. */
#define TIDEMILL_HAS(pointer, field) \
  ((size_t)(pointer)->struct_size >= \
   offsetof(__typeof__(*(pointer)), field) + sizeof((pointer)->field))

/* Longest constant text of a plugin's metadata, without the NUL. Longer ones are refused. */
#define TIDEMILL_TEXT_MAX 4095u

TIDEMILL_BEGIN_C

TIDEMILL_STATIC_ASSERT(sizeof(void*) == 8, "the ABI is defined for 64-bit platforms");

/* How a call went. Zero and positive: well. */
typedef int32_t tidemill_status;
TIDEMILL_CONSTANT(tidemill_status, TIDEMILL_OK, 0);
/* a stream or an exchange has come to its good end */
TIDEMILL_CONSTANT(tidemill_status, TIDEMILL_DONE, 1);
/* the answer follows through tidemill_host_completion */
TIDEMILL_CONSTANT(tidemill_status, TIDEMILL_PENDING, 2);
/* the configuration is not usable; the message says which key and why */
TIDEMILL_CONSTANT(tidemill_status, TIDEMILL_CONFIG, -1);
/* asked for something that this side does not do */
TIDEMILL_CONSTANT(tidemill_status, TIDEMILL_UNSUPPORTED, -2);
/* not now; asking again later may help */
TIDEMILL_CONSTANT(tidemill_status, TIDEMILL_UNAVAILABLE, -3);
/* refused by rule, not by failure */
TIDEMILL_CONSTANT(tidemill_status, TIDEMILL_DENIED, -4);
/* the input is damaged */
TIDEMILL_CONSTANT(tidemill_status, TIDEMILL_CORRUPT, -5);
/* an output buffer is too small; its `size` says what is needed */
TIDEMILL_CONSTANT(tidemill_status, TIDEMILL_NO_SPACE, -6);
/* a limit that the caller gave would be passed */
TIDEMILL_CONSTANT(tidemill_status, TIDEMILL_TOO_LARGE, -7);
/* an allocation failed or was refused */
TIDEMILL_CONSTANT(tidemill_status, TIDEMILL_NO_MEMORY, -8);
/* arguments contradict each other */
TIDEMILL_CONSTANT(tidemill_status, TIDEMILL_INVALID, -9);
/* a bug, an exception, anything else */
TIDEMILL_CONSTANT(tidemill_status, TIDEMILL_INTERNAL, -10);

/* Bytes of somebody else. data == NULL means null (a record without a key), which is not the same
 * as empty: an empty one has some non-null data and size 0. Frozen. */
typedef struct tidemill_bytes {
  const uint8_t* data;
  size_t size;
} tidemill_bytes;

/* Room that the caller provides. The callee writes behind data[size] up to data[capacity], and
 * raises size. Frozen. */
typedef struct tidemill_buffer {
  uint8_t* data;
  size_t capacity;
  size_t size;
} tidemill_buffer;

/* A topic's id, as Kafka writes it. Frozen. */
typedef struct tidemill_uuid {
  uint8_t bytes[16];
} tidemill_uuid;

/* What went wrong, in words. The caller owns it, zero-fills it and sets struct_size and
 * record_index (-1); the callee fills in what it knows, or nothing. */
typedef struct tidemill_error {
  uint32_t struct_size;
  /* Bytes of `message` in use. */
  uint32_t message_size;
  /* The record to blame, counted from 0 within the batch, or -1. */
  int32_t record_index;
  /* Error code of the Kafka protocol that fits best, or 0. A hint: the broker decides. */
  int16_t wire_code;
  uint16_t reserved;
  /* One sentence for a person: what was found and what was expected. Cut to fit; not terminated. */
  char message[240];
} tidemill_error;

/* Bits of the `flags` of kind tables (rule 7). */
/* Same instance configuration, same input: same answer, on every shard, in every process. What
 * moves records between partitions needs it. */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_DETERMINISTIC, 1u << 0);
/* Calls tagged `@thread shard @blocks no` may block: the host makes them on its blocking pool,
 * with shard states opened for it. For retention, authenticators and authorizers only. */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_MAY_BLOCK, 1u << 16);

/* Opaque to the other side. A plugin may define the structs as it likes, or cast. */
typedef struct tidemill_instance tidemill_instance;
typedef struct tidemill_shard tidemill_shard;

TIDEMILL_END_C
#endif
