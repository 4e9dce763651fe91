#include "quota/quota_lookup.hpp"

#include "base/bytes.hpp"
#include "base/content_hash.hpp"

namespace tidemill::quota {
namespace {

using metadata::quota_entity;

struct key_and_units {
  std::string_view key;
  double units_each = 1;
};

constexpr std::array<key_and_units, kind_count> keys{{{metadata::produce_rate_key},
                                                      {metadata::fetch_rate_key},
                                                      // One per cent of a second.
                                                      {metadata::request_time_key, 1e7},
                                                      {metadata::mutation_rate_key}}};

enum class named : std::uint8_t { no, by_default, by_name };
struct level {
  named user;
  named client;
};
constexpr std::array<level, 8> nearest_first{{{named::by_name, named::by_name},
                                              {named::by_name, named::by_default},
                                              {named::by_name, named::no},
                                              {named::by_default, named::by_name},
                                              {named::by_default, named::by_default},
                                              {named::by_default, named::no},
                                              {named::no, named::by_name},
                                              {named::no, named::by_default}}};

void add(quota_entity& to, std::string_view type, named how, std::string_view name) {
  if (how != named::no) {
    to.emplace(type, how == named::by_name ? std::optional<std::string>(name)
                                           : std::optional<std::string>());
  }
}

}  // namespace

bounded_name::bounded_name(std::string_view name)
    : name_(name), digest_(name.size() > size_max ? "#" + sha256_text(as_bytes(name)) : "") {}

std::optional<limit> find_limit(const metadata::client_quotas& quotas, kind what,
                                std::string_view user, std::string_view client) {
  const key_and_units& wanted = keys.at(static_cast<std::size_t>(what));
  for (const level& at : nearest_first) {
    quota_entity entity;
    add(entity, metadata::quota_user, at.user, user);
    add(entity, metadata::quota_client, at.client, client);
    const auto* found = quotas.find(entity);
    if (found == nullptr) {
      continue;
    }
    const auto value = found->values.find(wanted.key);
    if (value == found->values.end()) {
      continue;
    }
    limit nearest{value->second * wanted.units_each, std::string(wanted.key), found->generation};
    // Each part with its size in front, so that no two names make the same text.
    const auto share = [&nearest](named how, std::string_view name) {
      if (how == named::no) {
        nearest.shared_by += "/-";
        return;
      }
      const bounded_name shown(name);
      nearest.shared_by += '/' + std::to_string(shown.text().size()) + ':';
      nearest.shared_by += shown.text();
    };
    share(at.user, user);
    share(at.client, client);
    return nearest;
  }
  return std::nullopt;
}

}  // namespace tidemill::quota
