#include "kafka/connection.hpp"

#include <algorithm>

#include "kafka/socket.hpp"

namespace tidemill::cli {
namespace {

constexpr int longest_timeout_seconds = 3600;

}  // namespace

void add_connection(CLI::App& command, connection& where) {
  command
      .add_option("-b,--brokers", where.brokers,
                  "Brokers to ask first, HOST:PORT,... [env: TIDECTL_BROKERS]")
      ->envname("TIDECTL_BROKERS")
      ->capture_default_str();
  command
      .add_option("-X,--property", where.properties,
                  "A setting of librdkafka, for example security.protocol=ssl; may be repeated")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--timeout", where.timeout, "Seconds that an answer may take")
      ->check(CLI::Range(1, longest_timeout_seconds))
      ->capture_default_str();
}

outcome<std::vector<endpoint>> endpoints_of(const std::string& brokers) {
  std::vector<endpoint> all;
  for (std::size_t begin = 0; begin <= brokers.size();) {
    const std::size_t end = std::min(brokers.find(',', begin), brokers.size());
    std::string one = brokers.substr(begin, end - begin);
    begin = end + 1;
    if (const std::size_t scheme = one.find("://"); scheme != std::string::npos) {
      one.erase(0, scheme + 3);
    }
    const std::size_t colon = one.rfind(':');
    const bool has_port = colon != std::string::npos && one.find(']', colon) == std::string::npos;
    std::string host = one.substr(0, has_port ? colon : one.size());
    const std::string port = has_port ? one.substr(colon + 1) : "9092";
    if (host.starts_with('[') && host.ends_with(']')) {
      host = host.substr(1, host.size() - 2);
    }
    if (host.empty() || port.empty() || port.find_first_not_of("0123456789") != std::string::npos) {
      return problem{"--brokers " + brokers + ": found '" + one + "', expected HOST:PORT",
                     "for example --brokers 127.0.0.1:9092", 2};
    }
    all.push_back({host, port});
  }
  return all;
}

outcome<endpoint> reachable_endpoint(const connection& where) {
  const auto endpoints = endpoints_of(where.brokers);
  if (!endpoints) {
    return endpoints.error();
  }
  const auto deadline = tcp_socket::clock::now() + where.longest();
  std::string tried;
  for (const endpoint& one : *endpoints) {
    const auto opened = tcp_socket::open(one, deadline);
    if (opened) {
      return one;
    }
    tried += (tried.empty() ? "" : "; ") + opened.error().what;
  }
  return problem{"no broker can be reached: " + tried,
                 "is it running? --brokers HOST:PORT (or TIDECTL_BROKERS) names another"};
}

}  // namespace tidemill::cli
