#include "topic/topic_names.hpp"

#include <cstdlib>

#include "kafka/cluster_view.hpp"

namespace tidemill::cli {

std::vector<std::string> topic_names() {
  connection where;
  where.timeout = 1;
  if (const char* const named = std::getenv("TIDECTL_BROKERS"); named != nullptr) {
    where.brokers = named;
  }
  std::vector<std::string> names;
  const auto brokers = client::open(where, RD_KAFKA_CONSUMER);
  const auto view = brokers ? view_cluster(*brokers) : outcome<cluster_view>(brokers.error());
  for (std::size_t at = 0; view && at < view->topics.size(); ++at) {
    names.push_back(view->topics[at].name);
  }
  return names;
}

}  // namespace tidemill::cli
