// Input: one byte that chooses the stored message, one that is its version, and its bytes, as a
// broker reads them back from its own topics and files.
#include <cstddef>
#include <cstdint>

#include "protocol/all_messages.hpp"
#include "tests/fuzz/protocol_round_trip.hpp"

namespace {

using namespace tidemill;

template <class... Message>
void dispatch(protocol::message_list<Message...>, std::size_t chosen, api_version version,
              bytes_view body) {
  std::size_t index = 0;
  const auto one = [&]<class Stored>(const Stored*) {
    if (index++ == chosen) {
      fuzz::round_trip<Stored>(body, version);
    }
  };
  (one(static_cast<const Message*>(nullptr)), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size >= 2) {
    const bytes_view body(reinterpret_cast<const std::byte*>(data) + 2, size - 2);
    dispatch(protocol::all_stored_messages{}, data[0], api_version{data[1]}, body);
  }
  return 0;
}
