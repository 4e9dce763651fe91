#pragma once

#include <cstdint>
#include <utility>

#include "base/assert.hpp"
#include "protocol/all_messages.hpp"

namespace tidemill::fuzz {

template <class Message>
protocol::encoded_message encode_again(const Message& value, api_version version) {
  protocol::writer to;
  TIDEMILL_ASSERT(protocol::encode(to, value, version).has_value());
  auto message = to.finish();
  TIDEMILL_ASSERT(message.has_value());
  return std::move(*message);
}

/// Whatever decodes must encode again, and mean the same afterwards.
template <class Message>
void round_trip(bytes_view body, api_version version) {
  const auto first = protocol::decode<Message>(body, version);
  if (!first) {
    return;
  }
  const auto once = encode_again(*first, version);
  // Without a budget: the encoding may be shorter than the input, whose unknown tags are gone.
  protocol::reader from(once.bytes, SIZE_MAX);
  const auto second = protocol::decode<Message>(from, version);
  TIDEMILL_ASSERT(second.has_value());
  TIDEMILL_ASSERT(from.size_left() == 0);
  TIDEMILL_ASSERT(encode_again(*second, version).bytes == once.bytes);
}

}  // namespace tidemill::fuzz
