#include "server/config/check.hpp"

#include <optional>
#include <string>

#include "base/quantity.hpp"
#include "io/address.hpp"

namespace tidemill::server::config {
namespace {

void complain(loaded& all, const key_path& path, std::string sentence) {
  const auto written = all.origins.find(path);
  const origin where = written == all.origins.end() ? origin{} : written->second;
  all.problems.push_back({where, to_string(path), std::move(sentence)});
}

void complain(loaded& all, std::size_t listener, std::string_view key, std::string sentence) {
  complain(all, {"listener", listener, std::string(key)}, std::move(sentence));
}

/// A topic that takes its partitions from the defaults must be one that may exist.
void check_partition_count(loaded& all) {
  const auto wanted = all.values.topic_defaults.find("num.partitions");
  if (wanted == all.values.topic_defaults.end()) {
    return;
  }
  const auto count = parse_integer(wanted->second);
  if (count && *count > all.values.limits.partitions_max) {
    complain(all, {"topic_defaults", std::nullopt, wanted->first},
             "found " + std::to_string(*count) + ", expected at most " +
                 std::to_string(all.values.limits.partitions_max) +
                 ", which limits.partitions_max allows");
  }
}

/// IPv4 in IPv6's clothes: a socket for IPv6 does not take it.
bool is_mapped(const endpoint& address) {
  const auto canonical = io::canonical_address(address.host);
  return canonical && address.host.find(':') != std::string::npos &&
         canonical->find(':') == std::string::npos;
}

bool is_wildcard(std::string_view host) noexcept {
  return host == "0.0.0.0" || host == "::";
}

/// Whether one socket takes what the other is to listen on.
bool meet(const endpoint& one, const endpoint& other) {
  if (one.port == 0 || one.port != other.port) {
    return false;
  }
  const auto first = io::canonical_address(one.host);
  const auto second = io::canonical_address(other.host);
  if (!first || !second) {
    return one.host == other.host;  // of a name only a start knows what it stands for
  }
  const bool takes_all = is_wildcard(*first) || is_wildcard(*second);
  const auto is_ipv6 = [](const std::string& host) { return host.find(':') != std::string::npos; };
  return first == second || (takes_all && is_ipv6(*first) == is_ipv6(*second));
}

std::string taken_by(const endpoint& found, const endpoint& owner, const std::string& whose) {
  return "found \"" + to_string(found) + "\", " +
         (found == owner ? "which is the address of " + whose
                         : "which is taken by \"" + to_string(owner) + "\" of " + whose);
}

void check_pair(loaded& all, std::size_t earlier, std::size_t later) {
  const listener_section& first = all.values.listeners[earlier];
  const listener_section& second = all.values.listeners[later];
  const std::string owner = "listener." + std::to_string(earlier);
  if (first.name == second.name) {
    complain(all, later, "name",
             "found \"" + second.name + "\", which is the name of " + owner +
                 "; expected a name of its own, given as listener." + std::to_string(later) +
                 ".name");
  }
  if (meet(first.address, second.address)) {
    complain(all, later, "address",
             taken_by(second.address, first.address, owner) + "; expected an address of its own");
  }
}

void complain_about_extension(loaded& all, std::size_t index, std::string_view key,
                              std::string sentence) {
  complain(all, {"extension", index, std::string(key)}, std::move(sentence));
}

void check_extension(loaded& all, std::size_t index) {
  const extension_section& one = all.values.extension_list[index];
  if (one.name.empty() || one.plugin.empty()) {
    const std::string_view key = one.name.empty() ? "name" : "plugin";
    complain_about_extension(
        all, index, key,
        std::string("is missing; expected ") +
            (one.name.empty() ? "the name that topics will use" : "the name of a plugin"));
  }
  for (std::size_t earlier = 0; earlier < index && !one.name.empty(); ++earlier) {
    if (all.values.extension_list[earlier].name == one.name) {
      complain_about_extension(all, index, "name",
                               "found \"" + one.name + "\", which is the name of extension." +
                                   std::to_string(earlier) + "; expected a name of its own");
    }
  }
}

}  // namespace

void check(loaded& all) {
  for (std::size_t index = 0; index < all.values.extension_list.size(); ++index) {
    check_extension(all, index);
  }
  check_partition_count(all);
  for (std::size_t later = 0; later < all.values.listeners.size(); ++later) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      check_pair(all, earlier, later);
    }
    const listener_section& listener = all.values.listeners[later];
    const endpoint& told = listener.advertised.is_given() ? listener.advertised : listener.address;
    if (is_wildcard(io::canonical_address(told.host).value_or(told.host))) {
      complain(all, later, "advertised",
               "found \"" + to_string(told) +
                   "\", where no client can connect to; expected the address that clients are to "
                   "use, such as \"broker.example:9092\"");
    }
    if (is_mapped(listener.address)) {
      complain(all, later, "address",
               "found \"" + to_string(listener.address) +
                   "\", expected the IPv4 address itself, \"" +
                   *io::canonical_address(listener.address.host) + "\"");
    }
    if (meet(all.values.admin.address, listener.address)) {
      complain(all, later, "address",
               taken_by(listener.address, all.values.admin.address, "the admin server") +
                   "; expected another");
    }
  }
}

}  // namespace tidemill::server::config
