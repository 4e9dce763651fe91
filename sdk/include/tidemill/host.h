/* What the broker offers to a plugin: one small table, and services found by id.
 *
 * A service that the host does not have is NULL; a plugin that can live without it should. The
 * tables live as long as the process. The host handle itself stands for one plugin (in load()) or
 * one instance (in create()): log lines, metrics and memory are booked on it.
 */
#ifndef TIDEMILL_HOST_H
#define TIDEMILL_HOST_H

#include "tidemill/abi.h"

TIDEMILL_BEGIN_C

typedef struct tidemill_host tidemill_host;
struct tidemill_host {
  uint32_t struct_size;
  /* Minor of the ABI that the host was built with; the major is the plugin's own. */
  uint32_t abi_minor;
  /* Shards that will be opened: shard_open() is called with indexes below this. */
  uint32_t shard_count;
  uint32_t reserved;
  /* Product and version, "tidemill" and "0.1.0". For messages: never decide by it. */
  const char* name;
  const char* version;
  /* The name of the instance in the broker's configuration; empty in load(). */
  const char* instance_name;
  /* The host's own. */
  void* context;

  /* The table of a host service, which starts with its struct_size, or NULL.
   * @thread any
   * @blocks no
   * @owns the table is the host's and stays valid while the process lives
   * @errors none */
  const void* (*extension)(const tidemill_host* host, const char* id);
};

/* ---- Log lines
 * ----------------------------------------------------------------------------------- */
#define TIDEMILL_HOST_LOG "tidemill.host.log/1"

TIDEMILL_CONSTANT(int32_t, TIDEMILL_LOG_DEBUG, 0);
TIDEMILL_CONSTANT(int32_t, TIDEMILL_LOG_INFO, 1);
TIDEMILL_CONSTANT(int32_t, TIDEMILL_LOG_WARNING, 2);
TIDEMILL_CONSTANT(int32_t, TIDEMILL_LOG_ERROR, 3);

typedef struct tidemill_host_log {
  uint32_t struct_size;
  uint32_t reserved;

  /* Writes one line, which also names the instance. Control characters are escaped, long lines cut,
   * and lines in excess of the host's rate limit counted instead of written.
   * @thread any
   * @blocks no
   * @owns `message` is borrowed for the call
   * @errors none */
  void (*write)(const tidemill_host* host, int32_t level, tidemill_bytes message);

  /* Nonzero if a line of this level would be written; spares making the text.
   * @thread any
   * @blocks no
   * @owns nothing
   * @errors none */
  int32_t (*enabled)(const tidemill_host* host, int32_t level);
} tidemill_host_log;

/* ---- Counted memory
 * ------------------------------------------------------------------------------ */
#define TIDEMILL_HOST_MEMORY "tidemill.host.memory/1"

typedef struct tidemill_host_memory {
  uint32_t struct_size;
  uint32_t reserved;

  /* Memory that is booked on the instance. `alignment` is a power of two, at most 4096.
   * @thread any
   * @blocks no
   * @owns the plugin, until it hands it to release(); never freed any other way
   * @errors NULL when there is none left or the instance's budget is spent */
  void* (*allocate)(const tidemill_host* host, size_t size, size_t alignment);

  /* Gives back what allocate() gave, with the same size and alignment. NULL is ignored.
   * @thread any
   * @blocks no
   * @owns takes `memory` back
   * @errors none */
  void (*release)(const tidemill_host* host, void* memory, size_t size, size_t alignment);
} tidemill_host_memory;

/* ---- Clocks
 * -------------------------------------------------------------------------------------- */
#define TIDEMILL_HOST_CLOCK "tidemill.host.clock/1"

typedef struct tidemill_host_clock {
  uint32_t struct_size;
  uint32_t reserved;

  /* Nanoseconds since some point; never goes back.
   * @thread any
   * @blocks no
   * @owns nothing
   * @errors none */
  uint64_t (*monotonic_ns)(const tidemill_host* host);

  /* Milliseconds since 1970, UTC, as record timestamps count them. May jump.
   * @thread any
   * @blocks no
   * @owns nothing
   * @errors none */
  int64_t (*wall_ms)(const tidemill_host* host);
} tidemill_host_clock;

/* ---- Metrics
 * ------------------------------------------------------------------------------------- */
#define TIDEMILL_HOST_METRICS "tidemill.host.metrics/1"

/* Stands for "not registered"; the functions that take a metric ignore it. */
#define TIDEMILL_NO_METRIC UINT32_MAX

/* They appear in /metrics as tidemill_extension_NAME{instance="…",plugin="…"}. Names are
 * [a-z][a-z0-9_]*, at most 64 bytes. Registering a name again gives the same metric. */
typedef struct tidemill_host_metrics {
  uint32_t struct_size;
  uint32_t reserved;

  /* Registers a number that only rises. A name ends in "_total" by custom.
   * @thread control
   * @blocks no
   * @owns the texts are borrowed for the call
   * @errors TIDEMILL_NO_METRIC for a bad name, one too many, or a name that this or another plugin
   *         has given to another type: a histogram x has x_bucket, x_count and x_sum too. The log
   *         says which */
  uint32_t (*counter)(const tidemill_host* host, const char* name, const char* help);

  /* Registers a number that rises and falls.
   * @thread control
   * @blocks no
   * @owns the texts are borrowed for the call
   * @errors TIDEMILL_NO_METRIC as for counter() */
  uint32_t (*gauge)(const tidemill_host* host, const char* name, const char* help);

  /* Registers a distribution with `bound_count` rising upper bounds, at most 64; +infinity is
   * added.
   * @thread control
   * @blocks no
   * @owns texts and bounds are borrowed for the call
   * @errors TIDEMILL_NO_METRIC as for counter(), or for bounds that do not rise */
  uint32_t (*histogram)(const tidemill_host* host, const char* name, const char* help,
                        const double* bounds, uint32_t bound_count);

  /* Adds to a counter. A few nanoseconds: one memory cell per thread, no lock.
   * @thread any
   * @blocks no
   * @owns nothing
   * @errors none; ignored for anything but a counter of this instance */
  void (*add)(const tidemill_host* host, uint32_t metric, uint64_t amount);

  /* Sets a gauge.
   * @thread any
   * @blocks no
   * @owns nothing
   * @errors none; ignored for anything but a gauge of this instance */
  void (*set)(const tidemill_host* host, uint32_t metric, double value);

  /* Adds one value to a distribution.
   * @thread any
   * @blocks no
   * @owns nothing
   * @errors none; ignored for anything but a histogram of this instance */
  void (*observe)(const tidemill_host* host, uint32_t metric, double value);
} tidemill_host_metrics;

/* ---- Completion of calls that answered TIDEMILL_PENDING
 * ------------------------------------------- */
#define TIDEMILL_HOST_COMPLETION "tidemill.host.completion/1"

/* Names one call in flight. Never 0, never used twice while the process lives. */
typedef uint64_t tidemill_token;

typedef struct tidemill_host_completion {
  uint32_t struct_size;
  uint32_t reserved;

  /* Ends a call that answered TIDEMILL_PENDING, once. It may come before that call has returned.
   * The host copies everything and goes on, on the shard that asked. A token that is not (or no
   * longer) in flight, because it was completed, timed out or its session ended, is ignored:
   * completing late is harmless. So the plugin never writes into outputs of the host from another
   * thread. `status` is anything but TIDEMILL_PENDING; `result` is what the kind's table names for
   * it.
   * @thread any
   * @blocks no
   * @owns `result` and `error` (either may be NULL) are the plugin's, borrowed for the call
   * @errors none */
  void (*complete)(const tidemill_host* host, tidemill_token token, tidemill_status status,
                   const void* result, const tidemill_error* error);
} tidemill_host_completion;

/* ---- The instance's configuration
 * ----------------------------------------------------------------- */
#define TIDEMILL_HOST_CONFIG "tidemill.host.config/1"

/* Types of configuration values (plugin.h declares which key has which). */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_TYPE_TEXT, 1u);
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_TYPE_INTEGER, 2u);
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_TYPE_NUMBER, 3u);
/* 0 or 1 in `integer` */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_TYPE_BOOLEAN, 4u);
/* written "90s", "7d"; milliseconds in `integer` */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_TYPE_DURATION_MS, 5u);
/* written "10MiB"; bytes in `integer` */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_TYPE_SIZE_BYTES, 6u);
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_TYPE_TEXT_LIST, 7u);
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_TYPE_INTEGER_LIST, 8u);

/* One value, or one element of a list. Frozen. */
typedef struct tidemill_config_value {
  /* Of an element: the type of the element. */
  uint32_t type;
  /* How many elements the list has; 1 for what is no list. */
  uint32_t count;
  int64_t integer;
  double number;
  tidemill_bytes text;
} tidemill_config_value;

typedef struct tidemill_host_config {
  uint32_t struct_size;
  uint32_t reserved;

  /* Reads a declared key: what the configuration says, else the declared default. The host has
   * already checked that every key is declared, has its type, and that required ones are there.
   * `index` is that of a list's element, else 0; for an empty list and index 0 the answer is
   * TIDEMILL_OK with count 0.
   * @thread any
   * @blocks no
   * @owns `value` is the caller's; its text is the host's and lives as long as the instance
   * @errors UNSUPPORTED for a key that was not declared, INVALID for an index out of range,
   *         UNAVAILABLE for a key without value and default */
  tidemill_status (*get)(const tidemill_host* host, const char* key, uint32_t index,
                         tidemill_config_value* value);
} tidemill_host_config;

TIDEMILL_END_C
#endif
