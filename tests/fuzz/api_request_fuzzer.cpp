// Arbitrary frames through the dispatch of a whole broker: dispatch, controller, partitions and
// logs without network and threads. The input is a row of frames, each behind its size in two
// bytes; the first four bytes of a frame are bent so that most of them name a served API and
// version.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "../unit/api/test_broker.hpp"
#include "api/served_apis.hpp"
#include "base/assert.hpp"
#include "base/big_endian.hpp"

namespace {

using tidemill::api::test::reply;
using tidemill::api::test::test_broker;

constexpr std::size_t frames_per_input_max = 16;
constexpr std::uint64_t inputs_per_broker_max = 2000;

/// One input can fill no more than its own bytes, so a broker serves many of them.
test_broker& broker() {
  static std::unique_ptr<test_broker> current;
  static std::uint64_t inputs = 0;
  if (current == nullptr || ++inputs == inputs_per_broker_max) {
    current =
        std::make_unique<test_broker>(tidemill::api::test::test_broker_options{.shard_count = 2});
    current->create_topic("t", 3);
    inputs = 0;
  }
  return *current;
}

void bend_header(tidemill::byte_buffer& frame) {
  const auto rows = tidemill::api::served_apis();
  const auto choice = std::to_integer<std::size_t>(frame[0]);
  if (choice >= 240) {
    return;
  }
  const auto& api = rows[choice % rows.size()];
  const auto span = static_cast<std::size_t>(api.version_max - api.version_min + 1);
  const auto version =
      api.version_min + static_cast<int>(std::to_integer<std::size_t>(frame[2]) % span);
  tidemill::store_big_endian(frame.data(), static_cast<std::int16_t>(api.key));
  tidemill::store_big_endian(frame.data() + 2, static_cast<std::int16_t>(version));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace std::chrono_literals;
  auto& target = broker();
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  for (std::size_t count = 0; count < frames_per_input_max && size > 2; ++count) {
    const auto wanted = static_cast<std::size_t>(tidemill::load_big_endian<std::uint16_t>(bytes));
    const auto taken = std::min(wanted, size - 2);
    tidemill::byte_buffer frame(bytes + 2, bytes + 2 + taken);
    bytes += 2 + taken;
    size -= 2 + taken;
    if (frame.size() >= 4) {
      bend_header(frame);
    }
    const auto sent = target.submit(std::move(frame), 1 + count);
    target.settle();
    if (sent->what == reply::kind::none_yet) {
      target.close_connection(1 + count);
      target.settle();
    }
    // Requests that wait for something else than data (CreateTopics' timeout is the longest).
    if (sent->what == reply::kind::none_yet) {
      target.advance(24h * 25);
    }
    TIDEMILL_ASSERT(sent->what != reply::kind::none_yet);
  }
  target.forget_replies();
  return 0;
}
