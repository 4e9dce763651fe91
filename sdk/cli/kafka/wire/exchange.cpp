#include "kafka/wire/exchange.hpp"

#include <array>

#include "kafka/socket.hpp"

namespace tidemill::cli::wire {
namespace {

constexpr std::int32_t correlation = 1;
constexpr std::int32_t answer_bytes_max = 256 << 20;

outcome<void> check_plain(const connection& how, const request_kind& kind) {
  for (const std::string& property : how.properties) {
    const bool names_security = property.starts_with("security.protocol=");
    if (names_security && property != "security.protocol=plaintext" &&
        property != "security.protocol=PLAINTEXT") {
      return problem{std::string(kind.name) + " goes over plain connections only, but -X " +
                         property + " asks for another",
                     "librdkafka 2.0 does not know this request; use a plain listener of the "
                     "broker, or Kafka's own tool for this one"};
    }
  }
  return boost::system::in_place_value;
}

}  // namespace

problem malformed(const request_kind& kind) {
  return {std::string("the broker's answer to ") + kind.name + " version " +
              std::to_string(kind.version) + " cannot be read",
          "does it serve this version? see ARCHITECTURE.md, \"The command line\""};
}

outcome<message_reader> exchange(const connection& how, const endpoint& broker,
                                 const request_kind& kind, const message_writer& body) {
  if (auto plain = check_plain(how, kind); !plain) {
    return plain.error();
  }
  message_writer header;
  header.int16(kind.api);
  header.int16(kind.version);
  header.int32(correlation);
  header.string("tidectl");
  if (kind.flexible) {
    header.no_tags();
  }
  message_writer frame;
  frame.int32(static_cast<std::int32_t>(header.bytes().size() + body.bytes().size()));
  std::vector<std::byte> sent = frame.bytes();
  sent.insert(sent.end(), header.bytes().begin(), header.bytes().end());
  sent.insert(sent.end(), body.bytes().begin(), body.bytes().end());

  const auto deadline = tcp_socket::clock::now() + how.longest();
  auto opened = tcp_socket::open(broker, deadline);
  if (!opened) {
    return opened.error();
  }
  if (auto done = opened->send(sent, deadline); !done) {
    return done.error();
  }
  std::vector<std::byte> size(sizeof(std::int32_t));
  if (auto done = opened->receive(size, deadline); !done) {
    return done.error();
  }
  const std::int32_t length = message_reader(size).int32();
  if (length < static_cast<std::int32_t>(sizeof correlation) || length > answer_bytes_max) {
    return malformed(kind);
  }
  std::vector<std::byte> answer(static_cast<std::size_t>(length));
  if (auto done = opened->receive(answer, deadline); !done) {
    return done.error();
  }
  message_reader reader(std::move(answer));
  if (reader.int32() != correlation) {
    return malformed(kind);
  }
  if (kind.flexible) {
    reader.skip_tags();
  }
  return reader;
}

}  // namespace tidemill::cli::wire
