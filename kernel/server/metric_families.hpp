#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "extension/report.hpp"

namespace prometheus {
struct ClientMetric;  // NOLINT(readability-identifier-naming)
struct MetricFamily;  // NOLINT(readability-identifier-naming)
}  // namespace prometheus

namespace tidemill::server {

using metric_labels = std::vector<std::pair<std::string, std::string>>;

/// Collects figures and writes them in Prometheus' text format. Figures are gathered when somebody
/// asks, so that counting costs the hot path a plain increment. Values of one name may come in any
/// order; all of them are of one type, and a value that is not is left out.
class metric_families {
 public:
  metric_families();
  ~metric_families();
  metric_families(const metric_families&) = delete;
  metric_families& operator=(const metric_families&) = delete;

  void gauge(const std::string& name, const std::string& help, double value,
             const metric_labels& with = {});
  void counter(const std::string& name, const std::string& help, double value,
               const metric_labels& with = {});
  /// `counts` has one element more than `bounds`; not cumulative.
  struct distribution {
    std::vector<double> bounds;
    std::vector<std::uint64_t> counts;
    double sum = 0;
  };
  void histogram(const std::string& name, const std::string& help, const distribution& values,
                 const metric_labels& with = {});

  [[nodiscard]] std::string text() const;

 private:
  enum class type { gauge, counter, histogram };
  /// nullptr for a name that is of another type.
  [[nodiscard]] prometheus::ClientMetric* add(const std::string& name, const std::string& help,
                                              type what, const metric_labels& with);

  std::vector<prometheus::MetricFamily> families_;
  std::map<std::string, std::size_t, std::less<>> index_of_;
};

/// The figures of extensions, and those that plugins have registered themselves.
void add_extensions(const extension::extension_report& now, metric_families& into);

}  // namespace tidemill::server
