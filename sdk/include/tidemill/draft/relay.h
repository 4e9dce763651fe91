/* DRAFT, may change or vanish: a transform behind the log. It reads what was stored in one topic
 * and writes what it likes to others: drop, change, fan out, route. The id stays when it becomes
 * stable.
 */
#ifndef TIDEMILL_DRAFT_RELAY_H
#define TIDEMILL_DRAFT_RELAY_H

#include "tidemill/abi.h"
#include "tidemill/batch.h"

TIDEMILL_BEGIN_C

#define TIDEMILL_RELAY "tidemill.relay/1"

/* A record to be written. */
typedef struct tidemill_new_record {
  uint32_t struct_size;
  /* The record of the batch that it came from; its position is what makes a restart exact. */
  uint32_t source_index;
  /* Which of the route's target topics, and which partition of it, or -1 for the topic's own
   * partitioner. */
  uint32_t target;
  int32_t partition;
  int64_t timestamp_ms;
  tidemill_bytes key;
  tidemill_bytes value;
  const tidemill_bytes* header_names;
  const tidemill_bytes* header_values;
  uint32_t header_count;
  uint32_t reserved;
} tidemill_new_record;

/* Takes records; the host's. */
typedef struct tidemill_output tidemill_output;
struct tidemill_output {
  uint32_t struct_size;
  uint32_t target_count;
  /* The host's own. */
  void* context;

  /* Adds one record; source indexes never fall.
   * @thread shard
   * @blocks no
   * @owns `record` and all it points to are borrowed for the call: the host copies
   * @errors INVALID for an unknown target, TOO_LARGE when the batch has made more than it may */
  tidemill_status (*emit)(const tidemill_output* output, const tidemill_new_record* record);
};

typedef struct tidemill_relay {
  uint32_t struct_size;
  /* TIDEMILL_DETERMINISTIC or 0. */
  uint32_t flags;
  /* Columns that process() reads. */
  uint32_t needs;
  uint32_t reserved;

  /* Makes any number of records out of a batch of stored ones.
   * @thread shard
   * @blocks no
   * @owns `batch` and `output` are borrowed for the call; `error` is the caller's
   * @errors any failure: error->record_index goes to the dead-letter topic with the message, and
   * the batch is tried again from the record after it */
  tidemill_status (*process)(tidemill_shard* shard, const tidemill_batch* batch,
                             const tidemill_output* output, tidemill_error* error);
} tidemill_relay;

TIDEMILL_END_C
#endif
