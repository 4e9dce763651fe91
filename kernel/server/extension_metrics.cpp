#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <string>

#include "server/extension_pages.hpp"
#include "server/metric_families.hpp"

namespace tidemill::server {
namespace {

double number(std::uint64_t value) {
  return static_cast<double>(value);
}

metric_labels labels_of(const extension::instance_report& one) {
  return {{"instance", one.name}, {"plugin", one.plugin}};
}

metric_labels with(metric_labels labels, const std::string& name, std::string value) {
  labels.emplace_back(name, std::move(value));
  return labels;
}

metric_families::distribution durations_of(const extension::call_figures& now) {
  metric_families::distribution shown{{}, {}, number(now.nanoseconds) / 1e9};
  for (const std::uint64_t bound : extension::call_durations::bounds) {
    shown.bounds.push_back(number(bound) / 1e9);
  }
  shown.counts.assign(now.durations.counts.begin(), now.durations.counts.end());
  return shown;
}

void add_kind(const extension::instance_report& one, const extension::kind_report& each,
              metric_families& into) {
  const extension::call_figures& now = each.figures;
  const metric_labels labels =
      with(labels_of(one), "kind", std::string(extension::name_of(each.which)));
  into.counter("tidemill_plugin_calls_total", "Calls of plugins.", number(now.calls), labels);
  into.counter("tidemill_plugin_records_total", "Records that plugins were shown.",
               number(now.records), labels);
  into.counter("tidemill_plugin_call_seconds_total", "Time spent in plugins.",
               number(now.nanoseconds) / 1e9, labels);
  into.histogram("tidemill_plugin_call_seconds", "How long calls of plugins took.",
                 durations_of(now), labels);
  const char* faults = "tidemill_plugin_faults_total";
  const char* help = "What plugins did wrong, by reason.";
  into.counter(faults, help, number(now.errors), with(labels, "reason", "error"));
  into.counter(faults, help, number(now.overruns), with(labels, "reason", "overrun"));
  into.counter(faults, help, number(now.out_of_range), with(labels, "reason", "out_of_range"));
  into.counter("tidemill_plugin_spared_calls_total",
               "Calls that were not made, because the plugin is missing or has failed too often.",
               number(now.spared), labels);
  into.counter("tidemill_plugin_objections_total",
               "Records that plugins refused, or would have placed elsewhere.",
               number(now.objections), labels);
  into.gauge("tidemill_plugin_breaker_open", "1 while a plugin is left alone.",
             now.breaker_state == extension::breaker::state::closed ? 0 : 1, labels);
  into.counter("tidemill_plugin_breaker_openings_total",
               "Times that a plugin began to be left alone.", number(now.breaker_openings), labels);
}

void add_own(const std::vector<extension::metric_reading>& readings, const metric_labels& labels,
             metric_families& into) {
  for (const extension::metric_reading& one : readings) {
    const std::string name = "tidemill_extension_" + one.name;
    switch (one.type) {
      case extension::metric_type::counter:
        into.counter(name, one.help, one.value, labels);
        break;
      case extension::metric_type::gauge:
        into.gauge(name, one.help, one.value, labels);
        break;
      case extension::metric_type::histogram:
        into.histogram(name, one.help, {one.bounds, one.counts, one.value}, labels);
        break;
    }
  }
}

/// Of calls that are alike on several threads the longest.
void add_hanging(const std::vector<extension::hanging_call>& calls, metric_families& into) {
  std::map<std::array<std::string, 3>, std::chrono::nanoseconds> longest;
  for (const extension::hanging_call& one : calls) {
    auto& most = longest[{one.instance, one.plugin, one.function}];
    most = std::max(most, one.lasts);
  }
  for (const auto& [of, lasts] : longest) {
    into.gauge("tidemill_plugin_call_hanging_seconds", "How long a call has not returned.",
               std::chrono::duration<double>(lasts).count(),
               {{"instance", of[0]}, {"plugin", of[1]}, {"call", of[2]}});
  }
}

}  // namespace

void add_extensions(const extension::extension_report& now, metric_families& into) {
  into.gauge("tidemill_plugin_files_mapped",
             "Plugin files in the process, those that were replaced included.",
             number(now.mapped_files));
  into.gauge("tidemill_plugin_problems", "What went wrong when plugins were last loaded.",
             number(now.problems.size()));
  into.gauge("tidemill_plugin_calls_hanging", "Calls of plugins that have not returned for long.",
             number(now.hanging.size()));
  add_hanging(now.hanging, into);
  for (const extension::plugin_report& plugin : now.plugins) {
    add_own(plugin.metrics, {{"instance", ""}, {"plugin", plugin.name}}, into);
  }
  for (const extension::instance_report& one : now.instances) {
    auto labels = with(labels_of(one), "version", one.version);
    labels = with(std::move(labels), "fingerprint", hexadecimal(one.fingerprint));
    into.gauge("tidemill_plugin_instance",
               "1 for each extension, with its version and the fingerprint of code and settings.",
               1, std::move(labels));
    into.gauge("tidemill_plugin_memory_bytes", "What an extension has allocated from the broker.",
               number(one.memory_bytes), labels_of(one));
    for (const extension::kind_report& each : one.kinds) {
      add_kind(one, each, into);
    }
    for (const auto& [client, count] : one.mismatches) {
      into.counter("tidemill_plugin_mismatches_total",
                   "Records that clients sent into other partitions than the partitioner chooses.",
                   number(count), with(labels_of(one), "client_id", client));
    }
    add_own(one.metrics, labels_of(one), into);
  }
}

}  // namespace tidemill::server
