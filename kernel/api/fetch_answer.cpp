#include "api/fetch_answer.hpp"

#include <utility>
#include <vector>

#include "api/metadata.hpp"
#include "api/wire_error.hpp"
#include "base/assert.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;
using response_partition = protocol::fetch_response_partition;

/// KIP-951.
constexpr api_version leader_since{12};
constexpr api_version endpoints_since{16};
constexpr api_version topic_ids_since{13};

class fetch_answer {
 public:
  fetch_answer(request_context& request, const protocol::fetch_request& asked,
               std::span<fetch_row> rows, std::uint64_t size_bytes_max)
      : request_(request), asked_(asked), rows_(rows), size_bytes_max_(size_bytes_max) {}

  void send() {
    protocol::fetch_response response;
    response.responses.reserve(asked_.topics.size());
    for (const auto& topic : asked_.topics) {
      auto& answered = response.responses.emplace_back();
      answered.topic = topic.topic;
      answered.topic_id = topic.topic_id;
      answered.partitions.reserve(topic.partitions.size());
    }
    for (auto& row : rows_) {
      add(response.responses[row.topic].partitions.emplace_back(), row);
    }
    if (leader_moved_ && request_.version >= endpoints_since) {
      for (const auto& broker :
           brokers_on(*request_.dispatch->image, request_.connection->listener)) {
        response.node_endpoints.push_back({broker.node_id, broker.host, broker.port, broker.rack});
      }
    }
    send(response);
  }

 private:
  void add(response_partition& to, fetch_row& row) {
    to.partition_index = row.index;
    to.records = protocol::records{};
    to.error_code = row.is_read() ? wire_error_at(request_, row.at.key, row.failure) : row.refused;
    const bool committed_only = row.wanted.level == partition::isolation::read_committed;
    if (committed_only || !row.is_read()) {
      to.aborted_transactions.emplace();
    } else {
      to.aborted_transactions = std::nullopt;
    }
    if (to.error_code != wire_error::none) {
      to.high_watermark = offset{-1};
      return point_to_leader(to, row);
    }
    to.high_watermark = row.outcome.high_watermark;
    to.last_stable_offset = row.outcome.last_stable_offset;
    to.log_start_offset = row.outcome.log_start;
    if (row.outcome.diverging) {
      to.diverging_epoch = {row.outcome.diverging->epoch, row.outcome.diverging->end_offset};
      return;
    }
    add_records(to, row);
    if (committed_only) {
      for (const auto& aborted : row.outcome.aborted) {
        to.aborted_transactions->push_back({aborted.producer, aborted.first_offset});
      }
    }
  }

  void point_to_leader(response_partition& to, const fetch_row& row) {
    if (leader_has_moved(to.error_code) && request_.version >= leader_since) {
      leader_moved_ = true;
      const auto& asked = asked_.topics[row.topic];
      const auto& image = *request_.dispatch->image;
      const auto* topic = request_.version >= topic_ids_since ? image.find_topic(asked.topic_id)
                                                              : image.find_topic(asked.topic);
      to.current_leader =
          leader_hint<protocol::fetch_response_leader_id_and_epoch>(topic, row.index);
    }
  }

  void add_records(response_partition& to, fetch_row& row) {
    auto& slice = row.outcome.slice;
    const bool fits = slice.size_bytes <= size_bytes_max_ - std::min(size_bytes_max_, taken_);
    if (slice.empty() || (taken_ > 0 && !fits)) {
      row.outcome.aborted.clear();
      return;
    }
    taken_ += slice.size_bytes;
    to.records =
        protocol::records::external(static_cast<std::uint32_t>(slices_.size()), slice.size_bytes);
    slices_.push_back({std::move(slice.file), slice.position, slice.size_bytes, 0});
  }

  void send(protocol::fetch_response& response) {
    charge(request_, quota::kind::fetch, static_cast<double>(taken_));
    const auto wait = throttle_time(request_);
    response.throttle_time_ms = in_wire_milliseconds(wait);
    auto encoded = protocol::encode_response(response, request_.version, request_.correlation);
    if (!encoded) {
      return request_.fail_to_encode(encoded.error());
    }
    TIDEMILL_ASSERT(encoded->external_slices.size() == slices_.size());
    for (const auto& external : encoded->external_slices) {
      slices_[external.index].insert_at = external.buffer_position;
    }
    request_.responder.send({std::move(encoded->bytes), std::move(slices_), wait});
  }

  request_context& request_;
  const protocol::fetch_request& asked_;
  std::span<fetch_row> rows_;
  std::uint64_t size_bytes_max_;
  std::uint64_t taken_ = 0;
  bool leader_moved_ = false;
  std::vector<network::file_slice> slices_;
};

}  // namespace

void send_fetch_answer(request_context& request, const protocol::fetch_request& asked,
                       std::span<fetch_row> rows, std::uint64_t size_bytes_max) {
  fetch_answer(request, asked, rows, size_bytes_max).send();
}

void refuse_fetch(request_context& request, wire_error error) {
  protocol::fetch_response response;
  response.error_code = error;
  request.answer(response);
}

}  // namespace tidemill::api
