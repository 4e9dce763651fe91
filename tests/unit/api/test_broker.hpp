#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/request_dispatch.hpp"
#include "base/bytes.hpp"
#include "protocol/frame.hpp"
#include "protocol/message.hpp"

namespace tidemill::api::test {

/// What became of one request.
struct reply {
  enum class kind { none_yet, sent, nothing, closed };
  kind what = kind::none_yet;
  /// The frame behind its size, with the file ranges in place.
  byte_buffer frame;
  std::string reason;
  std::size_t slice_count = 0;
  bool has_waited = false;
  /// How long the connection is not read afterwards.
  std::chrono::milliseconds mute{0};
};

struct test_broker_options {
  std::size_t shard_count = 1;
  bool auto_create_topics = true;
  /// What a compacted topic asks for.
  bool keys_required = false;
  std::vector<metadata::broker_setting> broker_settings{};
  std::vector<metadata::setting> topic_defaults{};
  const authorizer* rules = nullptr;
  std::size_t waiting_fetch_bytes_max = std::size_t{1} << 30;
};

/// A whole broker without network and threads: dispatch, controller, partitions and their logs, on
/// loops that run only inside settle(). Broker 1, one listener "plain" at broker.test:9092. Files
/// go into a directory that is removed afterwards.
class test_broker {
 public:
  using options = test_broker_options;
  explicit test_broker(options given = {});
  ~test_broker();
  test_broker(const test_broker&) = delete;
  test_broker& operator=(const test_broker&) = delete;

  /// Hands over a frame (behind its size) on connection `connection` of shard 0 and returns where
  /// its reply will stand. Nothing runs yet beyond handle() itself.
  std::shared_ptr<reply> submit(byte_buffer frame, std::uint64_t connection = 1);
  /// Runs everything that is posted or due.
  void settle();
  /// Moves the clock and settles.
  void advance(std::chrono::nanoseconds step);
  /// From now on every look at the clock finds it so much later.
  void let_time_pass(std::chrono::nanoseconds tick);
  void close_connection(std::uint64_t connection);
  /// Drops the replies kept so far; what ask() returned is dead afterwards.
  void forget_replies();
  [[nodiscard]] bool may_pipeline(bytes_view frame) const noexcept;

  template <protocol::message Request>
  [[nodiscard]] static byte_buffer frame_of(const Request& request, std::int16_t version);
  /// Submits, settles, and decodes the answer; nullopt when there is none (yet). The answer borrows
  /// from the reply, which the broker keeps.
  template <protocol::message Response, protocol::message Request>
  [[nodiscard]] std::optional<Response> ask(const Request& request, std::int16_t version,
                                            std::uint64_t connection = 1);
  template <protocol::message Response>
  [[nodiscard]] static std::optional<Response> decode(const reply& from, std::int16_t version);

  /// Makes a topic and waits for it.
  topic_id create_topic(std::string_view name, std::int32_t partition_count = 1,
                        std::vector<std::pair<std::string, std::string>> settings = {});

  void delete_topic(std::string_view name);

  [[nodiscard]] network::connection_info& connection(std::uint64_t id);
  [[nodiscard]] const metadata::image& image() const noexcept;
  /// Timers that wait on all loops.
  [[nodiscard]] std::size_t timer_count() const noexcept;

 private:
  class body;
  std::unique_ptr<body> body_;
};

/// A request's frame behind its size.
[[nodiscard]] byte_buffer header_bytes(std::int16_t key, std::int16_t version, bool flexible);

/// One batch of records without keys, as a producer sends it.
[[nodiscard]] byte_buffer batch_of(const std::vector<std::string>& values,
                                   std::int64_t timestamp_ms = 1);

template <protocol::message Request>
byte_buffer test_broker::frame_of(const Request& request, std::int16_t version) {
  auto frame = header_bytes(static_cast<std::int16_t>(Request::api_key), version,
                            Request::is_flexible(version));
  protocol::writer to;
  (void)protocol::encode(to, request, api_version{version});
  const auto written = to.written();
  frame.insert(frame.end(), written.begin(), written.end());
  return frame;
}

template <protocol::message Response, protocol::message Request>
std::optional<Response> test_broker::ask(const Request& request, std::int16_t version,
                                         std::uint64_t connection) {
  const auto answered = submit(frame_of(request, version), connection);
  settle();
  return decode<Response>(*answered, version);
}

template <protocol::message Response>
std::optional<Response> test_broker::decode(const reply& from, std::int16_t version) {
  if (from.what != reply::kind::sent) {
    return std::nullopt;
  }
  protocol::reader reader(from.frame);
  (void)reader.integer<std::int32_t>();
  const auto& api = protocol::describe(Response::api_key);
  if (protocol::response_header_version(api, api_version{version}).value() == 1) {
    reader.skip_tags();
  }
  auto decoded = protocol::decode<Response>(reader, api_version{version});
  if (!decoded || reader.size_left() != 0) {
    return std::nullopt;
  }
  return std::move(*decoded);
}

}  // namespace tidemill::api::test
