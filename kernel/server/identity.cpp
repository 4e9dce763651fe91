#include "server/identity.hpp"

#include "base/escape.hpp"

namespace tidemill::server {
namespace {

constexpr std::size_t path_length_max = 1024;

}  // namespace

start_result<log::data_directory_identity> claim(log::data_directory& directory, broker_id self,
                                                 io::random& random) {
  const auto found = directory.read_identity();
  if (!found) {
    return directory_failed(directory.path(), found.error());
  }
  if (*found && (*found)->node != self) {
    return start_failure{"the data directory " + escape(directory.path(), path_length_max) +
                         " belongs to node " + std::to_string((*found)->node.value()) +
                         "; set broker.node_id to that, or broker.data_directory to another"};
  }
  if (*found) {
    return **found;
  }
  if (!directory.log_names().empty()) {
    return start_failure{"the data directory " + escape(directory.path(), path_length_max) +
                         " holds data, but meta.toml, which says whose, is missing; put it back "
                         "(version, cluster_id, node_id, directory_id), or set "
                         "broker.data_directory to another"};
  }
  log::data_directory_identity fresh;
  fresh.node = self;
  fresh.cluster = make_random_uuid(random.next(), random.next());
  fresh.directory = make_random_uuid(random.next(), random.next());
  if (const auto written = directory.write_identity(fresh); !written) {
    return directory_failed(directory.path(), written.error());
  }
  return fresh;
}

}  // namespace tidemill::server
