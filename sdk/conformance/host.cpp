#include "host.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>
#include <optional>

namespace tidemill::conformance {
namespace {

constexpr std::uint8_t younger_byte = 0xa5;
constexpr std::size_t alignment_max = 4096;

}  // namespace

host::host(config_map config, host_form form) : config_(std::move(config)), form_(form) {
  tidemill_host table{};
  table.abi_minor = TIDEMILL_ABI_MINOR + (form.younger_by_bytes > 0 ? 7U : 0U);
  table.shard_count = 2;
  table.name = "conformance kit";
  table.version = "0.1.0";
  table.instance_name = "under_test";
  table.context = this;
  table.extension = extension;
  raw_ = publish(table);
  if (form.has_services) {
    publish_services();
  }
}

template <class Table>
const Table* host::publish(Table table) {
  table.struct_size = static_cast<std::uint32_t>(sizeof table + form_.younger_by_bytes);
  auto room = std::make_unique<guarded<std::uint8_t>>(table.struct_size);
  room->fill(younger_byte);
  std::memcpy(room->data(), &table, sizeof table);
  tables_.push_back(std::move(room));
  return reinterpret_cast<const Table*>(tables_.back()->data());
}

void host::publish_services() {
  services_[TIDEMILL_HOST_LOG] =
      publish(tidemill_host_log{0, 0, [](const tidemill_host*, std::int32_t, tidemill_bytes) {},
                                [](const tidemill_host*, std::int32_t) { return 1; }});
  services_[TIDEMILL_HOST_MEMORY] = publish(tidemill_host_memory{
      0, 0,
      [](const tidemill_host* raw, std::size_t size, std::size_t alignment) -> void* {
        if (alignment == 0 || alignment > alignment_max || (alignment & (alignment - 1)) != 0) {
          of(raw).note("allocate() with alignment " + std::to_string(alignment) +
                       ", expected a power of two, at most 4096");
          return nullptr;
        }
        if (!of(raw).form_.has_memory) {
          return nullptr;
        }
        of(raw).held_bytes_ += static_cast<std::int64_t>(size);
        return ::operator new(size, std::align_val_t(alignment), std::nothrow);
      },
      [](const tidemill_host* raw, void* memory, std::size_t size, std::size_t alignment) {
        if (memory != nullptr) {
          of(raw).held_bytes_ -= static_cast<std::int64_t>(size);
          ::operator delete(memory, std::align_val_t(alignment));
        }
      }});
  services_[TIDEMILL_HOST_CLOCK] = publish(
      tidemill_host_clock{0, 0,
                          [](const tidemill_host*) {
                            return static_cast<std::uint64_t>(
                                std::chrono::steady_clock::now().time_since_epoch().count());
                          },
                          [](const tidemill_host*) -> std::int64_t { return 1'700'000'000'000; }});
  services_[TIDEMILL_HOST_METRICS] = publish(tidemill_host_metrics{
      0, 0, add_metric, add_metric,
      [](const tidemill_host* raw, const char* name, const char* help, const double*,
         std::uint32_t) { return add_metric(raw, name, help); },
      [](const tidemill_host* raw, std::uint32_t id, std::uint64_t) { of(raw).use_metric(id); },
      [](const tidemill_host* raw, std::uint32_t id, double) { of(raw).use_metric(id); },
      [](const tidemill_host* raw, std::uint32_t id, double) { of(raw).use_metric(id); }});
  services_[TIDEMILL_HOST_COMPLETION] = publish(
      tidemill_host_completion{0, 0,
                               [](const tidemill_host* raw, tidemill_token token,
                                  tidemill_status status, const void*, const tidemill_error*) {
                                 const std::lock_guard lock(of(raw).mutex_);
                                 of(raw).completions_.emplace(token, status);
                                 of(raw).completed_.notify_all();
                               }});
  services_[TIDEMILL_HOST_CONFIG] = publish(tidemill_host_config{0, 0, get_config});
}

const void* host::extension(const tidemill_host* raw, const char* id) {
  const auto& services = of(raw).services_;
  const auto found = services.find(std::string_view(id));
  return found == services.end() ? nullptr : found->second;
}

std::uint32_t host::add_metric(const tidemill_host* raw, const char* name, const char*) {
  host& self = of(raw);
  if (std::this_thread::get_id() != self.control_) {
    self.note("registers the metric '" + std::string(name) +
              "' on another thread, expected the control thread");
  }
  const std::lock_guard lock(self.mutex_);
  const auto known = std::ranges::find(self.metrics_, name);
  if (known != self.metrics_.end()) {
    return static_cast<std::uint32_t>(known - self.metrics_.begin());
  }
  self.metrics_.emplace_back(name);
  return static_cast<std::uint32_t>(self.metrics_.size() - 1);
}

tidemill_status host::get_config(const tidemill_host* raw, const char* key, std::uint32_t index,
                                 tidemill_config_value* value) {
  return testkit::read_config(of(raw).config_, key, index, *value);
}

void host::use_metric(std::uint32_t id) {
  const std::lock_guard lock(mutex_);
  if (id != TIDEMILL_NO_METRIC && id >= metrics_.size()) {
    faults_.push_back("uses metric " + std::to_string(id) + ", which it has not registered");
  }
}

void host::note(const std::string& fault) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(fault);
}

std::vector<std::string> host::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

std::optional<tidemill_status> host::wait(tidemill_token token, std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  if (!completed_.wait_for(lock, longest, [&] { return completions_.contains(token); })) {
    return std::nullopt;
  }
  return completions_[token];
}

}  // namespace tidemill::conformance
