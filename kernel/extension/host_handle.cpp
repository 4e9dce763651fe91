#include "extension/host_handle.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

#include "base/escape.hpp"
#include "extension/host_tables.hpp"

namespace tidemill::extension {
namespace {

constexpr std::size_t alignment_max = 4096;

}  // namespace

host_handle::host_handle(const host_environment& environment, host_identity identity,
                         config_values config)
    : environment_(environment), identity_(std::move(identity)), config_(std::move(config)) {
  raw_.struct_size = sizeof raw_;
  raw_.abi_minor = TIDEMILL_ABI_MINOR;
  raw_.shard_count = environment_.shard_count;
  raw_.name = "tidemill";
  raw_.version = environment_.version;
  raw_.instance_name = identity_.instance.c_str();
  raw_.context = this;
  raw_.extension = find_service;
}

host_handle::~host_handle() {
  for (const auto& [type, name] : claimed_) {
    environment_.names.release(type, name);
  }
}

std::uint32_t host_handle::add_metric(metric_type type, std::string_view name,
                                      std::string_view help, std::span<const double> bounds) {
  const auto refuse = [this](const std::string& why) {
    write_line(line_level::error, "a metric is refused: " + why);
    return plugin_metrics::no_metric;
  };
  if (!plugin_metrics::is_name(name)) {
    return refuse("the name is \"" + escape(name) + "\", expected [a-z][a-z0-9_]*, at most " +
                  std::to_string(plugin_metrics::name_size_max) + " bytes");
  }
  const bool is_known =
      std::ranges::find(claimed_, std::pair(type, std::string(name))) != claimed_.end();
  if (!is_known) {
    if (const auto why = environment_.names.claim(type, name)) {
      return refuse(*why);
    }
    claimed_.emplace_back(type, name);
  }
  const std::uint32_t id = metrics_.add_metric(type, name, help, bounds);
  if (id != plugin_metrics::no_metric) {
    return id;
  }
  if (!is_known) {
    environment_.names.release(type, name);
    claimed_.pop_back();
  }
  return refuse("\"" + std::string(name) + "\": expected rising finite bounds, at most " +
                std::to_string(plugin_metrics::bounds_max) +
                ", the same whenever it is named again, and at most " +
                std::to_string(plugin_metrics::metrics_max) + " metrics");
}

void host_handle::write_line(line_level level, std::string_view line) noexcept {
  std::uint32_t left_out = 0;
  if (!environment_.log.is_on(level) || !admit_line(left_out)) {
    return;
  }
  if (left_out > 0) {
    environment_.log.write(line_level::warning, identity_.plugin, identity_.instance,
                           std::to_string(left_out) + " lines were left out, too many at a time");
  }
  environment_.log.write(level, identity_.plugin, identity_.instance, line);
}

/// Races between threads let a line more or less through; nothing else depends on it.
bool host_handle::admit_line(std::uint32_t& left_out) noexcept {
  const std::int64_t now = environment_.clock.now().time_since_epoch() / line_interval;
  if (line_interval_.exchange(now, std::memory_order_relaxed) != now) {
    lines_.store(0, std::memory_order_relaxed);
    left_out = lines_left_out_.exchange(0, std::memory_order_relaxed);
  }
  if (lines_.fetch_add(1, std::memory_order_relaxed) < lines_per_interval_max) {
    return true;
  }
  lines_left_out_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

void* host_handle::allocate(std::size_t size, std::size_t alignment) noexcept {
  if (!std::has_single_bit(alignment) || alignment > alignment_max) {
    return nullptr;
  }
  // Booked before it is there, so that threads together cannot pass the budget.
  const std::uint64_t before = allocated_.fetch_add(size, std::memory_order_relaxed);
  void* memory = nullptr;
  if (size <= identity_.memory_bytes_max && before <= identity_.memory_bytes_max - size) {
    memory = ::operator new(size, std::align_val_t(alignment), std::nothrow);
  }
  if (memory == nullptr) {
    allocated_.fetch_sub(size, std::memory_order_relaxed);
  }
  return memory;
}

void host_handle::release(void* memory, std::size_t size, std::size_t alignment) noexcept {
  if (memory != nullptr) {
    ::operator delete(memory, std::align_val_t(alignment));
    allocated_.fetch_sub(size, std::memory_order_relaxed);
  }
}

tidemill_status host_handle::get(std::string_view key, std::uint32_t index,
                                 tidemill_config_value& value) const noexcept {
  const auto found = config_.find(key);
  if (found == config_.end()) {
    return TIDEMILL_UNSUPPORTED;
  }
  const config_entry& entry = found->second;
  if (!entry.is_set) {
    return TIDEMILL_UNAVAILABLE;
  }
  value = {};
  value.type = entry.type == TIDEMILL_TYPE_TEXT_LIST      ? TIDEMILL_TYPE_TEXT
               : entry.type == TIDEMILL_TYPE_INTEGER_LIST ? TIDEMILL_TYPE_INTEGER
                                                          : entry.type;
  value.count = static_cast<std::uint32_t>(entry.elements.size());
  if (index >= entry.elements.size()) {
    return index == 0 ? TIDEMILL_OK : TIDEMILL_INVALID;
  }
  const config_element& one = entry.elements[index];
  value.integer = one.integer;
  value.number = one.number;
  value.text = {reinterpret_cast<const std::uint8_t*>(one.text.data()), one.text.size()};
  return TIDEMILL_OK;
}

}  // namespace tidemill::extension
