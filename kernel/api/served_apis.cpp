#include "api/served_apis.hpp"

#include <array>

#include "api/alter_configs.hpp"
#include "api/api_versions.hpp"
#include "api/consumer_group_describe.hpp"
#include "api/consumer_group_heartbeat.hpp"
#include "api/create_topics.hpp"
#include "api/delete_groups.hpp"
#include "api/delete_topics.hpp"
#include "api/describe_cluster.hpp"
#include "api/describe_configs.hpp"
#include "api/describe_groups.hpp"
#include "api/fetch.hpp"
#include "api/find_coordinator.hpp"
#include "api/heartbeat.hpp"
#include "api/incremental_alter_configs.hpp"
#include "api/init_producer_id.hpp"
#include "api/join_group.hpp"
#include "api/leave_group.hpp"
#include "api/list_groups.hpp"
#include "api/list_offsets.hpp"
#include "api/metadata.hpp"
#include "api/offset_commit.hpp"
#include "api/offset_delete.hpp"
#include "api/offset_fetch.hpp"
#include "api/offset_for_leader_epoch.hpp"
#include "api/produce.hpp"
#include "api/sync_group.hpp"

namespace tidemill::api {

namespace {

using key = protocol::api_key;

constexpr std::array<served_api, 26> rows{{
    {key::produce, 0, 3, 13, handle_produce, true},
    {key::fetch, 4, 4, 18, handle_fetch, false},
    {key::list_offsets, 1, 1, 11, handle_list_offsets, false},
    {key::metadata, 0, 0, 13, handle_metadata, false},
    {key::offset_commit, 2, 2, 10, handle_offset_commit, false},
    {key::offset_fetch, 1, 1, 10, handle_offset_fetch, false},
    {key::find_coordinator, 0, 0, 6, handle_find_coordinator, false},
    {key::join_group, 0, 0, 9, handle_join_group, false},
    {key::heartbeat, 0, 0, 4, handle_heartbeat, false},
    {key::leave_group, 0, 0, 5, handle_leave_group, false},
    {key::sync_group, 0, 0, 5, handle_sync_group, false},
    {key::describe_groups, 0, 0, 6, handle_describe_groups, false},
    {key::list_groups, 0, 0, 5, handle_list_groups, false},
    {key::api_versions, 0, 0, 4, handle_api_versions, false},
    {key::create_topics, 2, 2, 7, handle_create_topics, false},
    {key::delete_topics, 1, 1, 6, handle_delete_topics, false},
    {key::init_producer_id, 0, 0, 5, handle_init_producer_id, false},
    {key::offset_for_leader_epoch, 2, 2, 4, handle_offset_for_leader_epoch, false},
    {key::describe_configs, 1, 1, 4, handle_describe_configs, false},
    {key::alter_configs, 0, 0, 2, handle_alter_configs, false},
    {key::delete_groups, 0, 0, 2, handle_delete_groups, false},
    {key::incremental_alter_configs, 0, 0, 1, handle_incremental_alter_configs, false},
    {key::offset_delete, 0, 0, 0, handle_offset_delete, false},
    {key::describe_cluster, 0, 0, 2, handle_describe_cluster, false},
    {key::consumer_group_heartbeat, 0, 0, 1, handle_consumer_group_heartbeat, false},
    {key::consumer_group_describe, 0, 0, 1, handle_consumer_group_describe, false},
}};

}  // namespace

std::span<const served_api> served_apis() noexcept {
  return rows;
}

const served_api* find_served_api(std::int16_t key) noexcept {
  for (const auto& row : rows) {
    if (static_cast<std::int16_t>(row.key) == key) {
      return &row;
    }
  }
  return nullptr;
}

}  // namespace tidemill::api
