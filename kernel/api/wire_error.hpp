#pragma once

#include "base/result.hpp"
#include "groups/core/errc.hpp"
#include "log/errc.hpp"
#include "metadata/errc.hpp"
#include "partition/errc.hpp"
#include "protocol/errc.hpp"
#include "protocol/error.hpp"
#include "record/errc.hpp"
#include "replication/errc.hpp"

namespace tidemill::api {

/// What a client is told about an error of each room. The only place where internal errors become
/// the wire's; an enumerator that is missing there does not compile.
[[nodiscard]] protocol::wire_error to_wire(record::errc error) noexcept;
[[nodiscard]] protocol::wire_error to_wire(protocol::errc error) noexcept;
[[nodiscard]] protocol::wire_error to_wire(log::errc error) noexcept;
[[nodiscard]] protocol::wire_error to_wire(replication::errc error) noexcept;
[[nodiscard]] protocol::wire_error to_wire(partition::errc error) noexcept;
[[nodiscard]] protocol::wire_error to_wire(metadata::errc error) noexcept;
[[nodiscard]] protocol::wire_error to_wire(groups::errc error) noexcept;

/// The same for an error of any room. Errors of the operating system are KAFKA_STORAGE_ERROR: files
/// are all that the rooms below touch. Anything else is UNKNOWN_SERVER_ERROR.
[[nodiscard]] protocol::wire_error to_wire(const error_code& error) noexcept;

}  // namespace tidemill::api
