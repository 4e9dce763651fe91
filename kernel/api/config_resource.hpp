#pragma once

#include <cstdint>

namespace tidemill::api {

/// Kinds of resources that have settings; the values are those of the wire (config resource type).
enum class config_resource : std::int8_t {
  topic = 2,
  broker = 4,
  broker_logger = 8,
  client_metrics = 16,
  group = 32
};

}  // namespace tidemill::api
