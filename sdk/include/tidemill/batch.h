/* What a call sees of a batch of records: who sent it, where it goes, and the records as columns.
 *
 * Views are the host's, borrowed for the call, constant. They may be reused for the next call.
 */
#ifndef TIDEMILL_BATCH_H
#define TIDEMILL_BATCH_H

#include "tidemill/abi.h"

TIDEMILL_BEGIN_C

/* A topic. */
typedef struct tidemill_topic {
  uint32_t struct_size;
  /* How many partitions it has, at least 1. */
  int32_t partition_count;
  tidemill_bytes name;
  tidemill_uuid id;
  /* Changes whenever the topic's settings or its partition count do: a key for caches. */
  uint64_t epoch;
} tidemill_topic;

/* Bits of tidemill_client.flags. */
/* the connection is TLS */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_CLIENT_ENCRYPTED, 1u << 0);
/* from this host */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_CLIENT_LOCAL, 1u << 1);

/* Who is asking. Texts that are not known are null. */
typedef struct tidemill_client {
  uint32_t struct_size;
  uint32_t flags;
  /* The broker's listener, by name. */
  tidemill_bytes listener;
  /* Address and port, "10.0.0.7:51234". */
  tidemill_bytes address;
  /* What the client calls itself; not to be trusted. */
  tidemill_bytes client_id;
  /* As authenticated: "User" and "alice"; "User" and "ANONYMOUS" before or without. */
  tidemill_bytes principal_type;
  tidemill_bytes principal_name;
} tidemill_client;

/* Columns, for `needs` masks. The host decodes (and decompresses) only what is asked for. */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_KEYS, 1u << 0);
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_VALUES, 1u << 1);
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_HEADERS, 1u << 2);
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_TIMESTAMPS, 1u << 3);

/* Bits of tidemill_batch.flags. */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_BATCH_TRANSACTIONAL, 1u << 0);
/* timestamps will be set by the log */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_BATCH_APPEND_TIME, 1u << 1);

typedef struct tidemill_batch {
  uint32_t struct_size;
  /* Records in the batch; the length of every column. May be 0. */
  uint32_t record_count;
  /* Which columns are there: at least those that were asked for. The others are NULL. */
  uint32_t columns;
  uint32_t flags;
  /* Where it goes. Never NULL. */
  const tidemill_topic* topic;
  /* Who sent it, or NULL where that is not known (replay, relay). */
  const tidemill_client* client;
  /* The partition that the client chose, or -1. */
  int32_t partition;
  /* -1 for a producer that is neither idempotent nor transactional. */
  int32_t base_sequence;
  int64_t producer_id;
  int32_t producer_epoch;
  /* Kafka's codec id of the batch as it was sent, 0 to 4. */
  int32_t compression;
  /* Offset of the first record where it has one already, or -1. */
  int64_t base_offset;

  /* Null and empty keys and values differ (tidemill_bytes). */
  const tidemill_bytes* keys;
  const tidemill_bytes* values;
  /* Milliseconds since 1970, or -1. */
  const int64_t* timestamps_ms;
  /* Headers of record i: those from header_begin[i] up to, without, header_begin[i + 1]; so this
   * column has record_count + 1 entries. Names are never null, values may be. */
  const uint32_t* header_begin;
  const tidemill_bytes* header_names;
  const tidemill_bytes* header_values;
} tidemill_batch;

TIDEMILL_END_C
#endif
