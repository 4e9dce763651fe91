#pragma once

#include <cstdint>

#include "kafka/connection.hpp"
#include "kafka/wire/message.hpp"

namespace tidemill::cli::wire {

/// Which request, in which version, and whether that version is flexible.
struct request_kind {
  std::int16_t api = 0;
  std::int16_t version = 0;
  bool flexible = false;
  /// "IncrementalAlterConfigs", for problems.
  const char* name = "";
};

/// Asks one broker over a connection of its own, in plain text: a problem where -X asks for TLS or
/// SASL, which only librdkafka speaks. The answer begins behind its header.
[[nodiscard]] outcome<message_reader> exchange(const connection& how, const endpoint& broker,
                                               const request_kind& kind,
                                               const message_writer& body);

/// An answer that cannot be read.
[[nodiscard]] problem malformed(const request_kind& kind);

}  // namespace tidemill::cli::wire
