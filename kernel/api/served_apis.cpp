#include "api/served_apis.hpp"

#include <array>

#include "api/alter_configs.hpp"
#include "api/api_versions.hpp"
#include "api/create_topics.hpp"
#include "api/delete_topics.hpp"
#include "api/describe_cluster.hpp"
#include "api/describe_configs.hpp"
#include "api/fetch.hpp"
#include "api/find_coordinator.hpp"
#include "api/incremental_alter_configs.hpp"
#include "api/init_producer_id.hpp"
#include "api/list_offsets.hpp"
#include "api/metadata.hpp"
#include "api/offset_for_leader_epoch.hpp"
#include "api/produce.hpp"

namespace tidemill::api {

namespace {

using key = protocol::api_key;

constexpr std::array<served_api, 14> rows{{
    {key::produce, 0, 3, 13, handle_produce, true},
    {key::fetch, 4, 4, 18, handle_fetch, false},
    {key::list_offsets, 1, 1, 11, handle_list_offsets, false},
    {key::metadata, 0, 0, 13, handle_metadata, false},
    {key::find_coordinator, 0, 0, 6, handle_find_coordinator, false},
    {key::api_versions, 0, 0, 4, handle_api_versions, false},
    {key::create_topics, 2, 2, 7, handle_create_topics, false},
    {key::delete_topics, 1, 1, 6, handle_delete_topics, false},
    {key::init_producer_id, 0, 0, 5, handle_init_producer_id, false},
    {key::offset_for_leader_epoch, 2, 2, 4, handle_offset_for_leader_epoch, false},
    {key::describe_configs, 1, 1, 4, handle_describe_configs, false},
    {key::alter_configs, 0, 0, 2, handle_alter_configs, false},
    {key::incremental_alter_configs, 0, 0, 1, handle_incremental_alter_configs, false},
    {key::describe_cluster, 0, 0, 2, handle_describe_cluster, false},
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
