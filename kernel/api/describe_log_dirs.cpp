#include "api/describe_log_dirs.hpp"

#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "api/partition_lookup.hpp"
#include "api/partition_operation.hpp"
#include "io/disk.hpp"
#include "partition/partition.hpp"
#include "protocol/describe_log_dirs.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

struct row {
  std::string_view topic;
  partition_index index{0};
  std::uint64_t size_bytes = 0;
  bool is_open = false;
};

class describe_log_dirs_operation final : public partition_operation {
 public:
  describe_log_dirs_operation(request_context request, protocol::describe_log_dirs_request asked)
      : partition_operation(std::move(request)), asked_(std::move(asked)) {
    may_ = request_.may_on_cluster(operation::describe);
    if (!may_) {
      return;
    }
    // The image may be replaced before the answer, which borrows names from it.
    image_ = request_.dispatch->image;
    if (!asked_.topics) {
      for (const auto& topic : image_->topics()) {
        for (std::size_t index = 0; index < topic.partitions.size(); ++index) {
          add_row(topic, partition_index{static_cast<std::int32_t>(index)});
        }
      }
      return;
    }
    for (const auto& wanted : *asked_.topics) {
      if (const auto* topic = image_->find_topic(wanted.topic)) {
        for (const partition_index index : wanted.partitions) {
          add_row(*topic, index);
        }
      }
    }
  }

 private:
  void add_row(const metadata::topic& topic, partition_index index) {
    const auto located = locate(request_, &topic, index);
    if (located.error == wire_error::none) {
      rows_.push_back({topic.name, index, 0, false});
      add_share(located.key, located.shard);
    }
  }

  void visit(std::size_t share, result<partition::partition*> opened) override {
    if (opened) {
      rows_[share].size_bytes = (*opened)->size_bytes();
      rows_[share].is_open = true;
    }
    share_done(share);
  }

  void complete() override {
    protocol::describe_log_dirs_response response;
    if (!may_) {
      response.error_code = wire_error::cluster_authorization_failed;
      return request_.answer(response);
    }
    const auto& dependencies = request_.dispatch->dependencies;
    auto& directory = response.results.emplace_back();
    directory.log_dir = request_.dispatch->broker().data_directory;
    if (dependencies.disk != nullptr) {
      if (const auto space = dependencies.disk->space(directory_path())) {
        directory.total_bytes = static_cast<std::int64_t>(space->total_bytes);
        directory.usable_bytes = static_cast<std::int64_t>(space->available_bytes);
      }
    }
    std::map<std::string_view, std::size_t> place_of;
    for (const row& one : rows_) {
      if (!one.is_open) {
        continue;  // it cannot be opened, and so nothing is known of it
      }
      const auto [place, is_new] = place_of.try_emplace(one.topic, directory.topics.size());
      if (is_new) {
        directory.topics.emplace_back().name = one.topic;
      }
      auto& answer = directory.topics[place->second].partitions.emplace_back();
      answer.partition_index = one.index;
      answer.partition_size = static_cast<std::int64_t>(one.size_bytes);
    }
    request_.answer(response);
  }

  [[nodiscard]] const std::string& directory_path() const noexcept {
    return request_.dispatch->broker().data_directory;
  }

  protocol::describe_log_dirs_request asked_;
  std::shared_ptr<const metadata::image> image_;
  bool may_ = false;
  /// One for each share.
  std::vector<row> rows_;
};

}  // namespace

void handle_describe_log_dirs(request_context request) {
  auto asked = protocol::decode<protocol::describe_log_dirs_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  std::make_shared<describe_log_dirs_operation>(std::move(request), std::move(*asked))->start();
}

}  // namespace tidemill::api
