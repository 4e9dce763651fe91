#include "extension/plugin_metrics.hpp"

#include <algorithm>
#include <cmath>

#include "base/escape.hpp"

namespace tidemill::extension {
namespace {

constexpr std::size_t stripe_count = 8;

/// Threads are dealt the cells in turn, so that shards hardly ever share one.
std::size_t stripe_of_this_thread() noexcept {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % stripe_count;
  return mine;
}

bool do_rise(std::span<const double> bounds) noexcept {
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    // Infinity is added by whoever shows them.
    if (!std::isfinite(bounds[i]) || (i > 0 && !(bounds[i - 1] < bounds[i]))) {
      return false;
    }
  }
  return true;
}

}  // namespace

struct plugin_metrics::metric {
  struct alignas(64) cell {
    std::atomic<std::uint64_t> count{0};
    std::atomic<double> sum{0};
  };

  metric_type type;
  std::string name;
  std::string help;
  std::vector<double> bounds;
  std::array<cell, stripe_count> cells{};
  std::atomic<double> value{0};
  /// One more than bounds.
  std::vector<std::atomic<std::uint64_t>> buckets;

  metric(metric_type what, std::string_view called, std::string_view explained,
         std::span<const double> up_to)
      : type(what),
        name(called),
        help(escape(explained)),
        bounds(up_to.begin(), up_to.end()),
        buckets(what == metric_type::histogram ? up_to.size() + 1 : 0) {}
};

plugin_metrics::~plugin_metrics() {
  for (const auto& one : metrics_) {
    delete one.load(std::memory_order_relaxed);
  }
}

bool plugin_metrics::is_name(std::string_view name) noexcept {
  const auto is_letter = [](char one) { return one >= 'a' && one <= 'z'; };
  return !name.empty() && name.size() <= name_size_max && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char one) {
           return is_letter(one) || (one >= '0' && one <= '9') || one == '_';
         });
}

std::uint32_t plugin_metrics::add_metric(metric_type type, std::string_view name,
                                         std::string_view help, std::span<const double> bounds) {
  if (!is_name(name) || bounds.size() > bounds_max || !do_rise(bounds)) {
    return no_metric;
  }
  for (std::size_t id = 0; id < metrics_.size(); ++id) {
    const metric* known = metrics_[id].load(std::memory_order_relaxed);
    if (known == nullptr) {
      metrics_[id].store(new metric(type, name, help, bounds), std::memory_order_release);
      return static_cast<std::uint32_t>(id);
    }
    if (known->name == name) {
      const bool is_same = known->type == type && std::ranges::equal(known->bounds, bounds);
      return is_same ? static_cast<std::uint32_t>(id) : no_metric;
    }
  }
  return no_metric;
}

void plugin_metrics::add(std::uint32_t id, std::uint64_t amount) noexcept {
  if (metric* one = find(id, metric_type::counter)) {
    one->cells[stripe_of_this_thread()].count.fetch_add(amount, std::memory_order_relaxed);
  }
}

void plugin_metrics::set(std::uint32_t id, double value) noexcept {
  if (metric* one = find(id, metric_type::gauge)) {
    one->value.store(value, std::memory_order_relaxed);
  }
}

void plugin_metrics::observe(std::uint32_t id, double value) noexcept {
  metric* one = find(id, metric_type::histogram);
  if (one == nullptr || value != value) {
    return;
  }
  const auto bucket = std::ranges::lower_bound(one->bounds, value) - one->bounds.begin();
  one->buckets[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  one->cells[stripe_of_this_thread()].sum.fetch_add(value, std::memory_order_relaxed);
}

std::vector<metric_reading> plugin_metrics::read() const {
  std::vector<metric_reading> all;
  for (const auto& each : metrics_) {
    const metric* one = each.load(std::memory_order_acquire);
    if (one == nullptr) {
      break;
    }
    metric_reading& reading = all.emplace_back();
    reading.name = one->name;
    reading.help = one->help;
    reading.type = one->type;
    reading.value = one->value.load(std::memory_order_relaxed);
    for (const metric::cell& cell : one->cells) {
      reading.value += static_cast<double>(cell.count.load(std::memory_order_relaxed)) +
                       cell.sum.load(std::memory_order_relaxed);
    }
    reading.bounds = one->bounds;
    for (const auto& bucket : one->buckets) {
      reading.counts.push_back(bucket.load(std::memory_order_relaxed));
    }
  }
  return all;
}

plugin_metrics::metric* plugin_metrics::find(std::uint32_t id, metric_type type) const noexcept {
  metric* one = id < metrics_.size() ? metrics_[id].load(std::memory_order_acquire) : nullptr;
  return one != nullptr && one->type == type ? one : nullptr;
}

}  // namespace tidemill::extension
