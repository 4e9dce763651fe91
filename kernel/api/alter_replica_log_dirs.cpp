#include "api/alter_replica_log_dirs.hpp"

#include <map>
#include <string_view>

#include "api/partition_lookup.hpp"
#include "protocol/alter_replica_log_dirs.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

wire_error judge(const request_context& request, std::string_view directory, std::string_view name,
                 partition_index index) {
  if (!request.may_on_cluster(operation::alter)) {
    return wire_error::cluster_authorization_failed;
  }
  if (directory != request.dispatch->broker().data_directory) {
    return wire_error::log_dir_not_found;
  }
  return locate(request, request.dispatch->image->find_topic(name), index).error;
}

}  // namespace

void handle_alter_replica_log_dirs(request_context request) {
  const auto asked =
      protocol::decode<protocol::alter_replica_log_dirs_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  protocol::alter_replica_log_dirs_response response;
  std::map<std::string_view, std::size_t> place_of;
  for (const auto& directory : asked->dirs) {
    for (const auto& topic : directory.topics) {
      const auto [place, is_new] = place_of.try_emplace(topic.name, response.results.size());
      if (is_new) {
        response.results.emplace_back().topic_name = topic.name;
      }
      for (const partition_index index : topic.partitions) {
        auto& row = response.results[place->second].partitions.emplace_back();
        row.partition_index = index;
        row.error_code = judge(request, directory.path, topic.name, index);
      }
    }
  }
  request.answer(response);
}

}  // namespace tidemill::api
