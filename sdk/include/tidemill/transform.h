/* Judges records before they are stored (topic setting tidemill.validate).
 *
 * Inline, a record passes or the whole batch is refused, naming the records and the reasons;
 * records are never dropped or changed there, because producers number them. What drops, changes
 * and sends elsewhere is a relay (draft/relay.h), which a plugin may offer beside this.
 */
#ifndef TIDEMILL_TRANSFORM_H
#define TIDEMILL_TRANSFORM_H

#include "tidemill/abi.h"
#include "tidemill/batch.h"

TIDEMILL_BEGIN_C

#define TIDEMILL_TRANSFORM "tidemill.transform/1"

/* Collects rejected records; the host's. */
typedef struct tidemill_rejections tidemill_rejections;
struct tidemill_rejections {
  uint32_t struct_size;
  uint32_t reserved;
  /* The host's own. */
  void* context;

  /* Rejects one record of the batch, with a sentence for the producer's log. In any order; a record
   * that is rejected again keeps its first reason.
   * @thread shard
   * @blocks no
   * @owns `reason` is borrowed for the call: the host copies, and cuts it to 255 bytes
   * @errors none; an index out of range is a fault of the plugin, which the host counts */
  void (*reject)(const tidemill_rejections* rejections, uint32_t record_index,
                 tidemill_bytes reason);
};

typedef struct tidemill_transform {
  uint32_t struct_size;
  /* TIDEMILL_DETERMINISTIC or 0. */
  uint32_t flags;
  /* Columns that validate() reads, for every instance. */
  uint32_t needs;
  uint32_t reserved;

  /* Looks at each record and rejects those that break the rule. Nothing rejected: all pass.
   * @thread shard
   * @blocks no
   * @owns `batch` and `rejections` are borrowed for the call; `error` is the caller's
   * @errors DENIED: the batch as a whole is refused, with the message. Any other failure: the batch
   * is refused or let in, as the instance's on_error says, and counted; what was rejected before is
   * then ignored */
  tidemill_status (*validate)(tidemill_shard* shard, const tidemill_batch* batch,
                              const tidemill_rejections* rejections, tidemill_error* error);

  /* A smaller mask than `needs` where the configuration allows it. Optional.
   * @thread control
   * @blocks no
   * @owns nothing
   * @errors none */
  uint32_t (*instance_needs)(const tidemill_instance* instance);
} tidemill_transform;

TIDEMILL_END_C
#endif
