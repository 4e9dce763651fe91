/* Chooses the partition of each record.
 *
 * The broker uses it to check what a client has chosen (topic setting tidemill.partitioner.mode),
 * and wherever records arrive without a choice.
 */
#ifndef TIDEMILL_PARTITIONER_H
#define TIDEMILL_PARTITIONER_H

#include "tidemill/abi.h"
#include "tidemill/batch.h"

TIDEMILL_BEGIN_C

#define TIDEMILL_PARTITIONER "tidemill.partitioner/1"

/* Answers besides 0 .. partition_count - 1. Any other is a fault of the plugin. */
/* every partition is right; the client's choice stands */
TIDEMILL_CONSTANT(int32_t, TIDEMILL_PARTITION_ANY, -1);
/* the record belongs nowhere; it is refused */
TIDEMILL_CONSTANT(int32_t, TIDEMILL_PARTITION_REJECT, -2);

typedef struct tidemill_partitioner {
  uint32_t struct_size;
  /* TIDEMILL_DETERMINISTIC unless equal keys may go to different places. */
  uint32_t flags;
  /* Columns that choose() reads, for every instance. */
  uint32_t needs;
  uint32_t reserved;

  /* Fills partitions[0 .. record_count - 1]. Nanoseconds per record: no allocation, no lock. For
   * rejected records `error` may say why, of the first one.
   * @thread shard
   * @blocks no
   * @owns `batch` is borrowed for the call; `partitions` is the caller's, with record_count entries
   *       that are TIDEMILL_PARTITION_ANY before the call; `error` is the caller's
   * @errors any failure: the broker then acts as if there were no partitioner, or refuses the
   * batch, as the topic's mode says, and counts it */
  tidemill_status (*choose)(tidemill_shard* shard, const tidemill_batch* batch, int32_t* partitions,
                            tidemill_error* error);

  /* A smaller mask than `needs` where the configuration allows it. Optional.
   * @thread control
   * @blocks no
   * @owns nothing
   * @errors none */
  uint32_t (*instance_needs)(const tidemill_instance* instance);
} tidemill_partitioner;

TIDEMILL_END_C
#endif
