// Input: what follows the size field of a frame. Whatever decodes must encode again, and mean the
// same afterwards.
#include <cstddef>
#include <cstdint>

#include "protocol/all_messages.hpp"
#include "protocol/frame.hpp"
#include "tests/fuzz/protocol_round_trip.hpp"

namespace {

using namespace tidemill;

template <class... Request>
void dispatch(protocol::message_list<Request...>, std::int16_t key, api_version version,
              bytes_view body) {
  const auto one = [&]<class Message>(const Message*) {
    if (key == static_cast<std::int16_t>(Message::api_key)) {
      fuzz::round_trip<Message>(body, version);
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
