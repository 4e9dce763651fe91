#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// DescribeTopicPartitions (key 75): topics with their partitions, a page at a time, ordered by
/// name.
void handle_describe_topic_partitions(request_context request);

}  // namespace tidemill::api
