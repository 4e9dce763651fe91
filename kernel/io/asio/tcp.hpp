#pragma once

#include <memory>

#include "base/result.hpp"
#include "io/endpoint.hpp"
#include "io/event_loop.hpp"
#include "io/stream.hpp"

namespace tidemill::io::asio {

/// Binds and listens. A host of the endpoint that is a name is looked up (which may block) and its
/// first address is taken; an empty host means every address, IPv4 and IPv6 in one socket where the
/// machine has IPv6. Errors are those of the operating system: address_in_use, permission_denied,
/// address_not_available, and Asio's resolver errors for an unknown name. `loop` comes from a
/// loop_thread. Also makes the process ignore SIGPIPE, because sendfile cannot.
///
/// accept() keeps one descriptor in reserve: when the process has run out of them, it takes the
/// waiting connection, closes it, and answers too_many_files_open.
[[nodiscard]] result<std::unique_ptr<acceptor>> listen(event_loop& loop, const endpoint& where);

}  // namespace tidemill::io::asio
