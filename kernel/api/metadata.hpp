#pragma once

#include "api/request_context.hpp"
#include "metadata/image.hpp"
#include "protocol/metadata.hpp"

namespace tidemill::api {

/// Metadata (key 3): brokers, topics, partitions, as this shard's image has them. Topics that don't
/// exist are made where the request and the broker allow it; the answer then says
/// UNKNOWN_TOPIC_OR_PARTITION, which clients take as "ask again", as Kafka's does.
void handle_metadata(request_context request);

/// The brokers that have an endpoint under the name of that listener, each with its advertised
/// address. Borrows from the image.
[[nodiscard]] std::vector<protocol::metadata_response_broker> brokers_on(
    const metadata::image& image, std::string_view listener);

/// The broker that clients should send administrative requests to. There is always one: any
/// registered broker passes such requests on.
[[nodiscard]] broker_id controller_for_clients(const dispatch_state& dispatch) noexcept;

}  // namespace tidemill::api
