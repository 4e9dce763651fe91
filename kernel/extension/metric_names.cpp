#include "extension/metric_names.hpp"

#include <vector>

namespace tidemill::extension {
namespace {

std::string_view text_of(metric_type type) noexcept {
  switch (type) {
    case metric_type::counter:
      return "counter";
    case metric_type::gauge:
      return "gauge";
    case metric_type::histogram:
      return "histogram";
  }
  return "metric";
}

std::vector<std::string> lines_of(metric_type type, std::string_view name) {
  std::vector<std::string> lines{std::string(name)};
  if (type == metric_type::histogram) {
    for (const std::string_view suffix : {"_bucket", "_count", "_sum"}) {
      lines.push_back(std::string(name).append(suffix));
    }
  }
  return lines;
}

}  // namespace

std::optional<std::string> metric_names::claim(metric_type type, std::string_view name) {
  const std::lock_guard lock(mutex_);
  const std::vector<std::string> lines = lines_of(type, name);
  for (const std::string& line : lines) {
    const auto found = held_.find(line);
    if (found != held_.end() && (found->second.metric != name || found->second.type != type)) {
      return "the " + std::string(text_of(type)) + " \"" + std::string(name) + "\" would share \"" +
             line + "\" with the " + std::string(text_of(found->second.type)) + " \"" +
             found->second.metric + "\", which was there first";
    }
  }
  for (const std::string& line : lines) {
    holder& of = held_[line];
    of.metric = name;
    of.type = type;
    ++of.uses;
  }
  return std::nullopt;
}

void metric_names::release(metric_type type, std::string_view name) {
  const std::lock_guard lock(mutex_);
  for (const std::string& line : lines_of(type, name)) {
    const auto found = held_.find(line);
    if (found != held_.end() && --found->second.uses == 0) {
      held_.erase(found);
    }
  }
}

}  // namespace tidemill::extension
