// Input: what follows the size field of a frame. Whatever decodes must encode again, and mean the
// same afterwards.
#include <cstddef>
#include <cstdint>

#include "base/assert.hpp"
#include "protocol/all_messages.hpp"
#include "protocol/frame.hpp"

namespace {

using namespace tidemill;

template <class Message>
protocol::encoded_message encode_again(const Message& value, api_version version) {
  protocol::writer to;
  TIDEMILL_ASSERT(protocol::encode(to, value, version).has_value());
  auto message = to.finish();
  TIDEMILL_ASSERT(message.has_value());
  return std::move(*message);
}

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

template <class... Request>
void dispatch(protocol::message_list<Request...>, std::int16_t key, api_version version,
              bytes_view body) {
  const auto one = [&]<class Message>(const Message*) {
    if (key == static_cast<std::int16_t>(Message::api_key)) {
      round_trip<Message>(body, version);
    }
  };
  (one(static_cast<const Request*>(nullptr)), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  protocol::reader from(bytes_view(reinterpret_cast<const std::byte*>(data), size));
  const auto header = protocol::decode_request_header(from);
  if (header) {
    dispatch(protocol::all_requests{}, header->api_key, header->api_version, from.rest());
    // The responses of the same API are read by brokers and tools from other brokers.
    dispatch(protocol::all_responses{}, header->api_key, header->api_version, from.rest());
  }
  return 0;
}
