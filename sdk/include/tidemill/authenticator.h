/* A SASL mechanism: finds out who a client is, in as many steps as it needs.
 *
 * The broker fails closed: whatever is not TIDEMILL_DONE with a principal is no login. It bounds
 * the size of messages and the time of an exchange, wipes the memory they stood in, and tells the
 * client no more than that authentication failed.
 */
#ifndef TIDEMILL_AUTHENTICATOR_H
#define TIDEMILL_AUTHENTICATOR_H

#include "tidemill/abi.h"
#include "tidemill/batch.h"
#include "tidemill/host.h"

TIDEMILL_BEGIN_C

#define TIDEMILL_AUTHENTICATOR "tidemill.authenticator/1"

/* Bit of tidemill_authenticator.flags: messages carry secrets in clear, so the broker offers the
 * mechanism on encrypted connections only, unless it is told otherwise. */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_NEEDS_ENCRYPTION, 1u << 17);

/* Opaque: one client's exchange. */
typedef struct tidemill_session tidemill_session;

/* What a step comes to. In a call the caller owns it: struct_size is set, `answer` has room, the
 * rest is zero. In tidemill_host_completion.complete() it is the plugin's own, the `result`. */
typedef struct tidemill_authentication {
  uint32_t struct_size;
  uint32_t reserved;
  /* What is sent to the client; may stay empty. */
  tidemill_buffer answer;
  /* With DONE: when the client has to authenticate again, milliseconds since 1970; 0 for never. */
  int64_t expires_ms;
  /* With DONE: who it is. Bytes in use, and the text, not terminated. An empty type means "User".
   */
  uint32_t principal_type_size;
  uint32_t principal_name_size;
  char principal_type[64];
  char principal_name[512];
} tidemill_authentication;

typedef struct tidemill_authenticator {
  uint32_t struct_size;
  /* TIDEMILL_NEEDS_ENCRYPTION, TIDEMILL_MAY_BLOCK. */
  uint32_t flags;
  /* As clients name it, "SCRAM-SHA-256". One per kind table; upper case, digits, '-', '_'. */
  const char* mechanism;

  /* A client begins. Also called when it authenticates again on a live connection; `client` then
   * names the principal that it is, which must not change.
   * @thread shard
   * @blocks no
   * @owns `client` is borrowed until end() has returned; `*session` is the plugin's, and is handed
   * back to end(); `error` is the caller's
   * @errors any failure: the client is turned away */
  tidemill_status (*begin)(tidemill_shard* shard, const tidemill_client* client,
                           tidemill_session** session, tidemill_error* error);

  /* One message from the client. Steps of one session follow each other, never before the last one
   * is complete.
   * @thread shard
   * @blocks no
   * @owns `message` is borrowed for the call, to be copied by what goes on after PENDING; `outcome`
   * and `error` are the caller's, and are not touched after the return
   * @errors OK: the exchange goes on, `answer` is sent. DONE: authenticated, as `outcome` says.
   * PENDING: the same follows through complete(), with a tidemill_authentication as the result.
   * NO_SPACE: the step is repeated with more room. DENIED and anything else: not authenticated; the
   *         message goes to the broker's log, not to the client */
  tidemill_status (*step)(tidemill_session* session, tidemill_bytes message, tidemill_token token,
                          tidemill_authentication* outcome, tidemill_error* error);

  /* The exchange is over, one way or another; a pending step is thereby cancelled.
   * @thread shard
   * @blocks no
   * @owns takes `session` back
   * @errors none */
  void (*end)(tidemill_session* session);
} tidemill_authenticator;

TIDEMILL_END_C
#endif
