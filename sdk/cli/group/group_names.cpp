#include "group/group_names.hpp"

#include <cstdlib>

#include "group/group_calls.hpp"

namespace tidemill::cli {

std::vector<std::string> group_names() {
  connection where;
  where.timeout = 1;
  if (const char* const named = std::getenv("TIDECTL_BROKERS"); named != nullptr) {
    where.brokers = named;
  }
  std::vector<std::string> names;
  const auto brokers = client::open(where, RD_KAFKA_CONSUMER);
  const auto groups =
      brokers ? list_groups(*brokers) : outcome<std::vector<group_listing>>(brokers.error());
  for (std::size_t at = 0; groups && at < groups->size(); ++at) {
    names.push_back((*groups)[at].id);
  }
  return names;
}

}  // namespace tidemill::cli
