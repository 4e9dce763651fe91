#include "server/stray_logs.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "log/partition_metadata.hpp"

namespace tidemill::server {
namespace {

/// The topic whose partition `name` ("<topic>-<partition>") is here; nullptr when there is none.
const metadata::topic* owner_of(std::string_view name, const metadata::image& image,
                                broker_id self) {
  const auto dash = name.rfind('-');
  const metadata::topic* topic = image.find_topic(name.substr(0, dash));
  if (dash == std::string_view::npos || topic == nullptr) {
    return nullptr;
  }
  const std::string_view digits = name.substr(dash + 1);
  std::size_t index = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  const bool is_canonical = error == std::errc() && stop == digits.data() + digits.size() &&
                            (digits.size() == 1 || digits.front() != '0');
  if (!is_canonical || index >= topic->partitions.size()) {
    return nullptr;
  }
  const auto& replicas = topic->partitions[index].replicas;
  return std::ranges::find(replicas, self) != replicas.end() ? topic : nullptr;
}

/// A file that is missing or unreadable proves nothing: opening the log has to judge it.
bool belongs_to_another(io::disk& disk, const std::string& path, const topic_id& owner) {
  const auto written = log::read_partition_metadata(disk, path);
  return written && *written && **written != owner;
}

}  // namespace

std::vector<stray_log> set_strays_aside(io::disk& disk, log::data_directory& directory,
                                        const metadata::image& image, broker_id self,
                                        topic_id_check check, io::random& random) {
  std::vector<stray_log> strays;
  for (std::string& name : directory.log_names()) {
    if (name == metadata_log_name) {
      continue;
    }
    const metadata::topic* owner = owner_of(name, image, self);
    std::string_view reason;
    if (owner == nullptr) {
      reason = "metadata knows no such partition here";
    } else if (check == topic_id_check::read &&
               belongs_to_another(disk, directory.path_of(name), owner->id)) {
      reason = "it belongs to an earlier topic of that name";
    } else {
      continue;
    }
    auto moved = directory.set_aside(name, make_random_uuid(random.next(), random.next()));
    strays.push_back({std::move(name), reason, std::move(moved)});
  }
  bool has_forgotten = false;
  for (const std::string& name : directory.lost_names()) {
    if (owner_of(name, image, self) == nullptr) {
      directory.forget_lost(name);
      has_forgotten = true;
    }
  }
  if (strays.empty() && !has_forgotten) {
    return strays;
  }
  // A log that gets one of these names must not be measured by the recovery point of the other.
  if (const auto written = directory.write_checkpoints(); !written) {
    strays.push_back({directory.path(), "its checkpoints cannot be written", written.error()});
  }
  return strays;
}

}  // namespace tidemill::server
