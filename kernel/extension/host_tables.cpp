// The C functions behind the host's services. Arguments come from plugins: what they get wrong is
// ignored or refused, never trusted.
#include "extension/host_tables.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <span>
#include <string_view>

#include "extension/host_handle.hpp"

namespace tidemill::extension {
namespace {

constexpr std::size_t line_size_max = 1024;

host_handle& of(const tidemill_host* host) noexcept {
  return *static_cast<host_handle*>(host->context);
}

std::string_view text_of(const char* text) noexcept {
  return text == nullptr ? std::string_view()
                         : std::string_view(text, ::strnlen(text, TIDEMILL_TEXT_MAX));
}

line_level to_level(std::int32_t level) noexcept {
  switch (level) {
    case TIDEMILL_LOG_DEBUG:
      return line_level::debug;
    case TIDEMILL_LOG_WARNING:
      return line_level::warning;
    case TIDEMILL_LOG_ERROR:
      return line_level::error;
    default:
      return line_level::info;
  }
}

void write_log(const tidemill_host* host, std::int32_t level, tidemill_bytes message) noexcept {
  const std::string_view line(reinterpret_cast<const char*>(message.data),
                              message.data == nullptr ? 0 : message.size);
  of(host).write_line(to_level(level), line.substr(0, line_size_max));
}

std::int32_t is_log_on(const tidemill_host* host, std::int32_t level) noexcept {
  return of(host).environment().log.is_on(to_level(level)) ? 1 : 0;
}

void* allocate(const tidemill_host* host, std::size_t size, std::size_t alignment) noexcept {
  return of(host).allocate(size, alignment);
}

void release(const tidemill_host* host, void* memory, std::size_t size,
             std::size_t alignment) noexcept {
  of(host).release(memory, size, alignment);
}

std::uint64_t monotonic_ns(const tidemill_host* host) noexcept {
  return static_cast<std::uint64_t>(of(host).environment().clock.now().time_since_epoch().count());
}

std::int64_t wall_ms(const tidemill_host* host) noexcept {
  return of(host).environment().clock.wall_now().time_since_epoch().count();
}

std::uint32_t add_counter(const tidemill_host* host, const char* name, const char* help) noexcept {
  return of(host).add_metric(metric_type::counter, text_of(name), text_of(help), {});
}

std::uint32_t add_gauge(const tidemill_host* host, const char* name, const char* help) noexcept {
  return of(host).add_metric(metric_type::gauge, text_of(name), text_of(help), {});
}

std::uint32_t add_histogram(const tidemill_host* host, const char* name, const char* help,
                            const double* bounds, std::uint32_t bound_count) noexcept {
  if (bounds == nullptr) {
    bound_count = 0;
  }
  // One too many shows that there are too many, without a look behind what a plugin may have.
  bound_count = std::min<std::uint32_t>(bound_count, plugin_metrics::bounds_max + 1);
  return of(host).add_metric(metric_type::histogram, text_of(name), text_of(help),
                             std::span(bounds, bound_count));
}

void add(const tidemill_host* host, std::uint32_t metric, std::uint64_t amount) noexcept {
  of(host).metrics().add(metric, amount);
}

void set(const tidemill_host* host, std::uint32_t metric, double value) noexcept {
  of(host).metrics().set(metric, value);
}

void observe(const tidemill_host* host, std::uint32_t metric, double value) noexcept {
  of(host).metrics().observe(metric, value);
}

void complete(const tidemill_host* host, tidemill_token token, tidemill_status status,
              const void* result, const tidemill_error* error) noexcept {
  of(host).environment().calls.complete(&of(host), token, status, result, error);
}

tidemill_status get_config(const tidemill_host* host, const char* key, std::uint32_t index,
                           tidemill_config_value* value) noexcept {
  return value == nullptr ? TIDEMILL_INVALID : of(host).get(text_of(key), index, *value);
}

constexpr tidemill_host_log log_table = {sizeof log_table, 0, write_log, is_log_on};
constexpr tidemill_host_memory memory_table = {sizeof memory_table, 0, allocate, release};
constexpr tidemill_host_clock clock_table = {sizeof clock_table, 0, monotonic_ns, wall_ms};
constexpr tidemill_host_metrics metrics_table = {sizeof metrics_table, 0,   add_counter, add_gauge,
                                                 add_histogram,        add, set,         observe};
constexpr tidemill_host_completion completion_table = {sizeof completion_table, 0, complete};
constexpr tidemill_host_config config_table = {sizeof config_table, 0, get_config};

struct service {
  std::string_view id;
  const void* table;
};
constexpr std::array<service, 6> services{{{TIDEMILL_HOST_LOG, &log_table},
                                           {TIDEMILL_HOST_MEMORY, &memory_table},
                                           {TIDEMILL_HOST_CLOCK, &clock_table},
                                           {TIDEMILL_HOST_METRICS, &metrics_table},
                                           {TIDEMILL_HOST_COMPLETION, &completion_table},
                                           {TIDEMILL_HOST_CONFIG, &config_table}}};
static_assert(TIDEMILL_NO_METRIC == plugin_metrics::no_metric);

}  // namespace

const void* find_service(const tidemill_host* /*host*/, const char* id) {
  const auto found = std::ranges::find(services, text_of(id), &service::id);
  return found == services.end() ? nullptr : found->table;
}

}  // namespace tidemill::extension
