#include "api/describe_client_quotas.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metadata/client_quota.hpp"
#include "protocol/describe_client_quotas.hpp"

namespace tidemill::api {

namespace {

using metadata::quota_entity;
using protocol::wire_error;

/// On the wire.
enum class match_type : std::int8_t { exact = 0, by_default = 1, any = 2 };

/// Which entities are shown.
class entity_filter {
 public:
  explicit entity_filter(const protocol::describe_client_quotas_request& asked)
      : is_strict_(asked.strict) {
    for (const auto& each : asked.components) {
      add(each);
      if (error != wire_error::none) {
        return;
      }
    }
    if (parts_.contains(metadata::quota_address) && parts_.size() > 1) {
      refuse(wire_error::invalid_request, "a filter on ip has no component for user or client-id");
    }
  }

  [[nodiscard]] bool passes(const quota_entity& entity) const {
    if (is_strict_ && entity.size() != parts_.size()) {
      return false;
    }
    return std::ranges::all_of(parts_, [&](const auto& part) {
      const auto found = entity.find(part.first);
      return found != entity.end() && (!part.second || found->second == *part.second);
    });
  }

  /// The one entity that can pass, where only one can.
  [[nodiscard]] std::optional<quota_entity> only() const {
    const bool is_exact = is_strict_ && std::ranges::all_of(parts_, [](const auto& part) {
                            return part.second.has_value();
                          });
    if (!is_exact) {
      return std::nullopt;
    }
    quota_entity entity;
    for (const auto& [type, name] : parts_) {
      entity.emplace(type, *name);
    }
    return entity;
  }

  wire_error error = wire_error::none;
  std::string message;

 private:
  template <class Component>
  void add(const Component& asked) {
    const std::string type(asked.entity_type);
    if (type.empty()) {
      return refuse(wire_error::invalid_request, "a component of the filter has no entity type");
    }
    if (parts_.contains(type)) {
      return refuse(wire_error::invalid_request,
                    "the filter has the entity type " + type + " more than once");
    }
    if (type != metadata::quota_user && type != metadata::quota_client &&
        type != metadata::quota_address) {
      return refuse(wire_error::unsupported_version,
                    "an entity is of type user, client-id or ip, found " + type);
    }
    const auto has_text = asked.match.has_value();
    switch (match_type{asked.match_type}) {
      case match_type::exact:
        if (!has_text) {
          return refuse(wire_error::invalid_request,
                        "a component of match type 0 (exact) needs the name to match");
        }
        parts_[type] = std::optional<std::string>(*asked.match);
        return;
      case match_type::by_default:
        if (has_text) {
          return refuse(wire_error::invalid_request,
                        "a component of match type 1 (default) has no name to match");
        }
        parts_[type] = std::optional<std::string>();
        return;
      case match_type::any:
        if (has_text) {
          return refuse(wire_error::invalid_request,
                        "a component of match type 2 (any) has no name to match");
        }
        parts_[type] = std::nullopt;
        return;
    }
    refuse(wire_error::invalid_request,
           "a match type is 0 (exact), 1 (default) or 2 (any), found " +
               std::to_string(static_cast<int>(asked.match_type)));
  }

  void refuse(wire_error why, std::string sentence) {
    error = why;
    message = std::move(sentence);
  }

  bool is_strict_;
  /// What the name of each type has to be; nullopt: anything.
  std::map<std::string, std::optional<std::optional<std::string>>, std::less<>> parts_;
};

/// Of an image that outlives them.
using entries = std::vector<const metadata::client_quotas::entry*>;

void answer(request_context& request, const entries& shown) {
  protocol::describe_client_quotas_response response;
  response.error_message = "";
  response.entries.emplace();
  for (const auto& of : shown) {
    auto& entry = response.entries->emplace_back();
    for (const auto& [type, name] : of->entity) {
      auto& part = entry.entity.emplace_back();
      part.entity_type = type;
      part.entity_name = name;
    }
    for (const auto& [key, value] : of->values) {
      entry.values.push_back({key, value});
    }
  }
  request.answer(response);
}

void refuse(request_context& request, wire_error why, std::string_view sentence) {
  protocol::describe_client_quotas_response response;
  response.error_code = why;
  response.error_message = sentence;
  response.entries = std::nullopt;
  request.answer(response);
}

void answer_with_all_that_pass(request_context& request, const entity_filter& filter) {
  const auto image = request.dispatch->image;
  entries shown;
  image->client_quotas().visit([&](const auto& of) {
    if (filter.passes(of->entity)) {
      shown.push_back(of.get());
    }
  });
  std::ranges::sort(shown, {}, [](const auto& of) -> const quota_entity& { return of->entity; });
  answer(request, shown);
}

}  // namespace

void handle_describe_client_quotas(request_context request) {
  const auto asked =
      protocol::decode<protocol::describe_client_quotas_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  if (!request.may_on_cluster(operation::describe_configs)) {
    return refuse(request, wire_error::cluster_authorization_failed, "not allowed to see quotas");
  }
  entity_filter filter(*asked);
  if (filter.error != wire_error::none) {
    return refuse(request, filter.error, filter.message);
  }
  if (const auto only = filter.only()) {
    const auto image = request.dispatch->image;
    const auto* found = image->client_quotas().find(*only);
    return answer(request, found == nullptr ? entries() : entries{found});
  }
  auto& turns = request.dispatch->quota_walks;
  turns.enter([request = std::move(request), filter = std::move(filter)]() mutable {
    answer_with_all_that_pass(request, filter);
    request.dispatch->quota_walks.leave(*request.dispatch->here().loop);
  });
}

}  // namespace tidemill::api
