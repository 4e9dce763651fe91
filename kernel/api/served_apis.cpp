#include "api/served_apis.hpp"

#include <array>

#include "api/alter_client_quotas.hpp"
#include "api/alter_configs.hpp"
#include "api/alter_partition_reassignments.hpp"
#include "api/alter_replica_log_dirs.hpp"
#include "api/api_versions.hpp"
#include "api/consumer_group_describe.hpp"
#include "api/consumer_group_heartbeat.hpp"
#include "api/create_partitions.hpp"
#include "api/create_topics.hpp"
#include "api/delete_groups.hpp"
#include "api/delete_records.hpp"
#include "api/delete_topics.hpp"
#include "api/describe_client_quotas.hpp"
#include "api/describe_cluster.hpp"
#include "api/describe_configs.hpp"
#include "api/describe_groups.hpp"
#include "api/describe_log_dirs.hpp"
#include "api/describe_producers.hpp"
#include "api/describe_quorum.hpp"
#include "api/describe_topic_partitions.hpp"
#include "api/elect_leaders.hpp"
#include "api/fetch.hpp"
#include "api/find_coordinator.hpp"
#include "api/heartbeat.hpp"
#include "api/incremental_alter_configs.hpp"
#include "api/init_producer_id.hpp"
#include "api/join_group.hpp"
#include "api/leave_group.hpp"
#include "api/list_config_resources.hpp"
#include "api/list_groups.hpp"
#include "api/list_offsets.hpp"
#include "api/list_partition_reassignments.hpp"
#include "api/metadata.hpp"
#include "api/offset_commit.hpp"
#include "api/offset_delete.hpp"
#include "api/offset_fetch.hpp"
#include "api/offset_for_leader_epoch.hpp"
#include "api/produce.hpp"
#include "api/security_disabled.hpp"
#include "api/sync_group.hpp"
#include "api/unregister_broker.hpp"
#include "api/update_features.hpp"

namespace tidemill::api {

namespace {

using key = protocol::api_key;

// For each partition that there is two more are allowed. Few: what an element costs while it is
// in work is a hundred times what it takes in the request. Many: a plan for all replicas of a large
// cluster.
constexpr std::uint32_t elements_few = 10'000;
constexpr std::uint32_t elements_some = 100'000;
constexpr std::uint32_t elements_many = 1'000'000;

constexpr std::array<served_api, 50> rows{{
    {key::produce, 0, 3, 13, handle_produce, true, elements_few},
    {key::fetch, 4, 4, 18, handle_fetch, false, elements_few},
    {key::list_offsets, 1, 1, 11, handle_list_offsets, false, elements_some},
    {key::metadata, 0, 0, 13, handle_metadata, false, elements_many},
    {key::offset_commit, 2, 2, 10, handle_offset_commit, false, elements_many},
    {key::offset_fetch, 1, 1, 10, handle_offset_fetch, false, elements_some},
    {key::find_coordinator, 0, 0, 6, handle_find_coordinator, false, elements_some},
    {key::join_group, 0, 0, 9, handle_join_group, false, elements_many},
    {key::heartbeat, 0, 0, 4, handle_heartbeat, false, elements_many},
    {key::leave_group, 0, 0, 5, handle_leave_group, false, elements_many},
    {key::sync_group, 0, 0, 5, handle_sync_group, false, elements_many},
    {key::describe_groups, 0, 0, 6, handle_describe_groups, false, elements_some},
    {key::list_groups, 0, 0, 5, handle_list_groups, false, elements_many},
    {key::api_versions, 0, 0, 4, handle_api_versions, false, elements_many},
    {key::create_topics, 2, 2, 7, handle_create_topics, false, elements_many},
    {key::delete_topics, 1, 1, 6, handle_delete_topics, false, elements_many},
    {key::delete_records, 0, 0, 2, handle_delete_records, false, elements_few},
    {key::init_producer_id, 0, 0, 5, handle_init_producer_id, false, elements_many},
    {key::offset_for_leader_epoch, 2, 2, 4, handle_offset_for_leader_epoch, false, elements_some},
    {key::describe_acls, 1, 1, 3, handle_describe_acls, false, elements_many},
    {key::create_acls, 1, 1, 3, handle_create_acls, false, elements_many},
    {key::delete_acls, 1, 1, 3, handle_delete_acls, false, elements_many},
    {key::describe_configs, 1, 1, 4, handle_describe_configs, false, elements_some},
    {key::alter_configs, 0, 0, 2, handle_alter_configs, false, elements_some},
    {key::alter_replica_log_dirs, 1, 1, 2, handle_alter_replica_log_dirs, false, elements_many},
    {key::describe_log_dirs, 1, 1, 5, handle_describe_log_dirs, false, elements_many},
    {key::create_partitions, 0, 0, 3, handle_create_partitions, false, elements_many},
    {key::create_delegation_token, 1, 1, 3, handle_create_delegation_token, false, elements_many},
    {key::renew_delegation_token, 1, 1, 2, handle_renew_delegation_token, false, elements_many},
    {key::expire_delegation_token, 1, 1, 2, handle_expire_delegation_token, false, elements_many},
    {key::describe_delegation_token, 1, 1, 3, handle_describe_delegation_token, false,
     elements_many},
    {key::delete_groups, 0, 0, 2, handle_delete_groups, false, elements_some},
    {key::elect_leaders, 0, 0, 2, handle_elect_leaders, false, elements_many},
    {key::incremental_alter_configs, 0, 0, 1, handle_incremental_alter_configs, false,
     elements_some},
    {key::alter_partition_reassignments, 0, 0, 1, handle_alter_partition_reassignments, false,
     elements_many},
    {key::list_partition_reassignments, 0, 0, 0, handle_list_partition_reassignments, false,
     elements_many},
    {key::offset_delete, 0, 0, 0, handle_offset_delete, false, elements_many},
    {key::describe_client_quotas, 0, 0, 1, handle_describe_client_quotas, false, elements_many},
    {key::alter_client_quotas, 0, 0, 1, handle_alter_client_quotas, false, elements_many},
    {key::describe_user_scram_credentials, 0, 0, 0, handle_describe_user_scram_credentials, false,
     elements_many},
    {key::alter_user_scram_credentials, 0, 0, 0, handle_alter_user_scram_credentials, false,
     elements_many},
    {key::describe_quorum, 0, 0, 2, handle_describe_quorum, false, elements_many},
    {key::update_features, 0, 0, 2, handle_update_features, false, elements_many},
    {key::describe_cluster, 0, 0, 2, handle_describe_cluster, false, elements_many},
    {key::describe_producers, 0, 0, 0, handle_describe_producers, false, elements_some},
    {key::unregister_broker, 0, 0, 0, handle_unregister_broker, false, elements_many},
    {key::consumer_group_heartbeat, 0, 0, 1, handle_consumer_group_heartbeat, false, elements_many},
    {key::consumer_group_describe, 0, 0, 1, handle_consumer_group_describe, false, elements_some},
    {key::list_config_resources, 0, 0, 1, handle_list_config_resources, false, elements_many},
    {key::describe_topic_partitions, 0, 0, 0, handle_describe_topic_partitions, false,
     elements_many},
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
