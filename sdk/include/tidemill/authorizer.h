/* Decides who may do what.
 *
 * The broker fails closed: what is not allowed is denied. Authorizers stand in a chain; the first
 * that has an opinion decides, and without any opinion the answer is no. Decisions may be
 * remembered for as long as policy_epoch() stays the same.
 */
#ifndef TIDEMILL_AUTHORIZER_H
#define TIDEMILL_AUTHORIZER_H

#include "tidemill/abi.h"
#include "tidemill/batch.h"
#include "tidemill/host.h"

TIDEMILL_BEGIN_C

#define TIDEMILL_AUTHORIZER "tidemill.authorizer/1"

/* Operations and resource types are the numbers of Kafka's ACLs (KIP-11); new ones may appear, and
 * whoever does not know one has no opinion on it. */
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_OPERATION_READ, 3u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_OPERATION_WRITE, 4u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_OPERATION_CREATE, 5u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_OPERATION_DELETE, 6u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_OPERATION_ALTER, 7u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_OPERATION_DESCRIBE, 8u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_OPERATION_CLUSTER_ACTION, 9u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_OPERATION_DESCRIBE_CONFIGS, 10u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_OPERATION_ALTER_CONFIGS, 11u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_OPERATION_IDEMPOTENT_WRITE, 12u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_OPERATION_CREATE_TOKENS, 13u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_OPERATION_DESCRIBE_TOKENS, 14u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_OPERATION_TWO_PHASE_COMMIT, 15u);

TIDEMILL_CONSTANT(uint16_t, TIDEMILL_RESOURCE_TOPIC, 2u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_RESOURCE_GROUP, 3u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_RESOURCE_CLUSTER, 4u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_RESOURCE_TRANSACTIONAL_ID, 5u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_RESOURCE_DELEGATION_TOKEN, 6u);
TIDEMILL_CONSTANT(uint16_t, TIDEMILL_RESOURCE_USER, 7u);

TIDEMILL_CONSTANT(uint8_t, TIDEMILL_DENY, 0);
TIDEMILL_CONSTANT(uint8_t, TIDEMILL_ALLOW, 1);
TIDEMILL_CONSTANT(uint8_t, TIDEMILL_NO_OPINION, 2);

/* What a client wants to do, as columns. */
typedef struct tidemill_actions {
  uint32_t struct_size;
  /* Length of the columns. */
  uint32_t action_count;
  const uint16_t* operations;
  const uint16_t* resource_types;
  const tidemill_bytes* resource_names;
} tidemill_actions;

typedef struct tidemill_authorizer {
  uint32_t struct_size;
  /* TIDEMILL_MAY_BLOCK. */
  uint32_t flags;

  /* Decides on every action of one request at once.
   * @thread shard
   * @blocks no
   * @owns `client` and `actions` are borrowed for the call, to be copied by what goes on after
   * PENDING; `decisions` is the caller's, with action_count entries that are TIDEMILL_DENY before
   * the call; `error` is the caller's; neither is touched after the return
   * @errors OK. PENDING: the same follows through complete(), with action_count bytes as the result
   *         (const uint8_t*). Any failure denies everything */
  tidemill_status (*authorize)(tidemill_shard* shard, const tidemill_client* client,
                               const tidemill_actions* actions, tidemill_token token,
                               uint8_t* decisions, tidemill_error* error);

  /* Changes when a decision may have changed. Asked often: reads one number. Optional: without it
   * decisions are not remembered.
   * @thread any
   * @blocks no
   * @owns nothing
   * @errors none */
  uint64_t (*policy_epoch)(const tidemill_instance* instance);
} tidemill_authorizer;

TIDEMILL_END_C
#endif
