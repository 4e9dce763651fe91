#include "server/metric_families.hpp"

// The one file that sees prometheus-cpp, of which only the text serializer is used.
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>

namespace tidemill::server {

metric_families::metric_families() = default;
metric_families::~metric_families() = default;

void metric_families::gauge(const std::string& name, const std::string& help, double value,
                            const metric_labels& with) {
  if (auto* metric = add(name, help, type::gauge, with)) {
    metric->gauge.value = value;
  }
}

void metric_families::counter(const std::string& name, const std::string& help, double value,
                              const metric_labels& with) {
  if (auto* metric = add(name, help, type::counter, with)) {
    metric->counter.value = value;
  }
}

void metric_families::histogram(const std::string& name, const std::string& help,
                                const distribution& values, const metric_labels& with) {
  auto* metric = add(name, help, type::histogram, with);
  if (metric == nullptr) {
    return;
  }
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < values.counts.size(); ++i) {
    count += values.counts[i];
    const double bound =
        i < values.bounds.size() ? values.bounds[i] : std::numeric_limits<double>::infinity();
    prometheus::ClientMetric::Bucket& bucket = metric->histogram.bucket.emplace_back();
    bucket.cumulative_count = count;
    bucket.upper_bound = bound;
  }
  metric->histogram.sample_count = count;
  metric->histogram.sample_sum = values.sum;
}

std::string metric_families::text() const {
  return prometheus::TextSerializer().Serialize(families_);
}

prometheus::ClientMetric* metric_families::add(const std::string& name, const std::string& help,
                                               type what, const metric_labels& with) {
  const prometheus::MetricType wanted = what == type::gauge     ? prometheus::MetricType::Gauge
                                        : what == type::counter ? prometheus::MetricType::Counter
                                                                : prometheus::MetricType::Histogram;
  const auto [known, is_new] = index_of_.try_emplace(name, families_.size());
  if (is_new) {
    families_.push_back({name, help, wanted, {}});
  }
  prometheus::MetricFamily& family = families_[known->second];
  if (family.type != wanted) {
    return nullptr;
  }
  prometheus::ClientMetric& metric = family.metric.emplace_back();
  for (const auto& [label, value] : with) {
    metric.label.push_back({label, value});
  }
  return &metric;
}

}  // namespace tidemill::server
