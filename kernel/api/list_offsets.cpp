#include "api/list_offsets.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/partition_lookup.hpp"
#include "api/partition_operation.hpp"
#include "partition/partition.hpp"
#include "protocol/list_offsets.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;
using request_topic = protocol::list_offsets_request_topic;
using request_partition = protocol::list_offsets_request_partition;

constexpr std::int64_t latest_timestamp = -1;
constexpr std::int64_t earliest_timestamp = -2;
constexpr std::int64_t max_timestamp = -3;
constexpr std::int64_t earliest_local_timestamp = -4;
constexpr std::int64_t last_tiered_timestamp = -5;
constexpr std::int64_t earliest_pending_timestamp = -6;
constexpr std::int8_t read_uncommitted = 0;
constexpr std::int8_t read_committed = 1;
/// KIP-320: answers name the epoch of the offset.
constexpr api_version epochs_since{4};

/// The first version that knows a special timestamp; nullopt for a timestamp that has no meaning.
constexpr std::optional<api_version> known_since(std::int64_t timestamp) noexcept {
  switch (timestamp) {
    case latest_timestamp:
    case earliest_timestamp:
      return api_version{1};
    case max_timestamp:
      return api_version{7};
    case earliest_local_timestamp:
      return api_version{8};
    case last_tiered_timestamp:
      return api_version{9};
    case earliest_pending_timestamp:
      return api_version{11};
    default:
      return timestamp >= 0 ? std::optional(api_version{1}) : std::nullopt;
  }
}

struct row {
  /// Position among the topics of the answer.
  std::size_t topic = 0;
  request_partition asked;
  wire_error error = wire_error::none;
  std::optional<offset> found;
  std::int64_t timestamp = -1;
  std::optional<leader_epoch> epoch;
  error_code failure;
};

class list_offsets_operation final : public partition_operation {
 public:
  list_offsets_operation(request_context request, protocol::list_offsets_request asked)
      : partition_operation(std::move(request)),
        asked_(std::move(asked)),
        level_(asked_.isolation_level == read_committed ? partition::isolation::read_committed
                                                        : partition::isolation::read_uncommitted) {
    add_rows();
  }

 private:
  void add_rows() {
    std::map<std::pair<std::string_view, partition_index>, std::size_t> known;
    for (const auto& topic : asked_.topics) {
      for (const auto& partition : topic.partitions) {
        const auto [place, is_new] =
            known.try_emplace({topic.name, partition.partition_index}, rows_.size());
        if (is_new) {
          add_row(topic.name, partition);
        } else {
          rows_[place->second].error = wire_error::invalid_request;
        }
      }
    }
    for (std::size_t position = 0; position < rows_.size(); ++position) {
      add_share_for(position);
    }
  }

  /// A topic without partitions gets no row, one that is named again keeps its first.
  void add_row(std::string_view name, const request_partition& asked) {
    const auto [place, is_new] = topics_.try_emplace(name, names_.size());
    if (is_new) {
      names_.push_back(name);
    }
    auto& one = rows_.emplace_back();
    one.topic = place->second;
    one.asked = asked;
    if (!request_.may(operation::describe, resource_kind::topic, name)) {
      one.error = wire_error::topic_authorization_failed;
    } else if (asked_.isolation_level != read_uncommitted &&
               asked_.isolation_level != read_committed) {
      one.error = wire_error::invalid_request;
    }
  }

  void add_share_for(std::size_t position) {
    auto& one = rows_[position];
    if (one.error != wire_error::none) {
      return;
    }
    const auto since = known_since(one.asked.timestamp);
    if (!since || request_.version < *since) {
      one.error = wire_error::unsupported_version;
      return;
    }
    const auto* topic = request_.dispatch->image->find_topic(names_[one.topic]);
    const auto located = locate(request_, topic, one.asked.partition_index);
    one.error = located.error;
    if (located.error == wire_error::none) {
      add_share(located.key, located.shard);
      row_of_share_.push_back(position);
    }
  }

  void visit(std::size_t share, result<partition::partition*> opened) override {
    auto& one = rows_[row_of_share_[share]];
    const auto outcome = opened ? look_up(one, **opened) : result<void>(opened.error());
    if (!outcome) {
      one.failure = outcome.error();
    }
    share_done(share);
  }

  result<void> look_up(row& one, partition::partition& partition) const {
    TIDEMILL_TRY(partition.check_epoch(expected_epoch(one.asked.current_leader_epoch)));
    switch (one.asked.timestamp) {
      case latest_timestamp: {
        TIDEMILL_TRY_ASSIGN(end, partition.latest(level_));
        one.found = end;
        one.epoch = partition.epoch();
        return {};
      }
      case earliest_timestamp:
      case earliest_local_timestamp:
        one.found = partition.log_start();
        one.epoch = partition.epoch_of(*one.found).value_or(partition.epoch());
        return {};
      case last_tiered_timestamp:
      case earliest_pending_timestamp:
        return {};
      case max_timestamp: {
        TIDEMILL_TRY_ASSIGN(match, partition.max_timestamp());
        take(one, match);
        return {};
      }
      default: {
        TIDEMILL_TRY_ASSIGN(match, partition.offset_for_timestamp(one.asked.timestamp, level_));
        take(one, match);
        return {};
      }
    }
  }

  static void take(row& one, const std::optional<log::timestamp_match>& match) {
    if (match) {
      one.found = match->at;
      one.timestamp = match->timestamp_ms;
      one.epoch = match->epoch;
    }
  }

  void complete() override {
    for (std::size_t share = 0; share < row_of_share_.size(); ++share) {
      auto& one = rows_[row_of_share_[share]];
      one.error = wire_error_at(request_, key_of(share), one.failure);
    }
    request_.answer(response());
  }

  protocol::list_offsets_response response() const {
    protocol::list_offsets_response response;
    for (const auto name : names_) {
      response.topics.emplace_back().name = name;
    }
    for (const auto& one : rows_) {
      auto& answer = response.topics[one.topic].partitions.emplace_back();
      answer.partition_index = one.asked.partition_index;
      answer.error_code = one.error;
      if (one.error == wire_error::none && one.found) {
        answer.offset = *one.found;
        answer.timestamp = one.timestamp;
        if (request_.version >= epochs_since) {
          answer.leader_epoch = one.epoch.value_or(leader_epoch{-1});
        }
      }
    }
    return response;
  }

  protocol::list_offsets_request asked_;
  partition::isolation level_;
  /// Of the answer, in the order in which the request first names them; they borrow from its frame.
  std::vector<std::string_view> names_;
  std::unordered_map<std::string_view, std::size_t> topics_;
  std::vector<row> rows_;
  std::vector<std::size_t> row_of_share_;
};

}  // namespace

void handle_list_offsets(request_context request) {
  auto asked = protocol::decode<protocol::list_offsets_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  std::make_shared<list_offsets_operation>(std::move(request), std::move(*asked))->start();
}

}  // namespace tidemill::api
