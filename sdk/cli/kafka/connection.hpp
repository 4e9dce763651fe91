#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "terminal/output.hpp"

namespace tidemill::cli {

/// How to reach the brokers; the options that all commands share that speak Kafka's protocol.
struct connection {
  std::string brokers = "127.0.0.1:9092";
  /// "key=value", in librdkafka's words.
  std::vector<std::string> properties;
  /// Seconds that an answer may take.
  int timeout = 10;

  [[nodiscard]] std::chrono::milliseconds longest() const noexcept {
    return std::chrono::seconds(timeout);
  }
};

void add_connection(CLI::App& command, connection& where);

/// A host and a port of the list.
struct endpoint {
  std::string host;
  std::string port;
};
/// "a:9092,b" as endpoints; 9092 where no port is named.
[[nodiscard]] outcome<std::vector<endpoint>> endpoints_of(const std::string& brokers);

/// The first of the brokers that takes a connection. Librdkafka would go on trying; people want to
/// hear at once that nobody listens.
[[nodiscard]] outcome<endpoint> reachable_endpoint(const connection& where);

}  // namespace tidemill::cli
