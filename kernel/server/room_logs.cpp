#include "server/room_logs.hpp"

#include <array>

namespace tidemill::server {

void partition_log::recovered(std::string_view name, const log::recovery_report& report) {
  if (report.reason == log::recovery_report::cut_reason::none) {
    log_.info("partition_recovered", {{"partition", name},
                                      {"recovery_point", report.recovery_point.value()},
                                      {"scanned_bytes", report.scanned_bytes},
                                      {"batches", report.batches},
                                      {"indexes_rebuilt", std::uint64_t{report.indexes_rebuilt}}});
    return;
  }
  log_.warn("partition_cut", {{"partition", name},
                              {"reason", log::to_string(report.reason)},
                              {"cut_at_offset", report.cut_at.value()},
                              {"cut_bytes", report.cut_bytes},
                              {"segments_removed", std::uint64_t{report.segments_removed}},
                              {"recovery_point", report.recovery_point.value()},
                              {"scanned_bytes", report.scanned_bytes}});
}

void partition_log::failed(std::string_view name, std::string_view what, error_code error) {
  if (name.empty()) {  // what all of them share
    log_.error("data_directory_failed", {{"what", escaped_text{what}}, {"error", error.message()}});
    return;
  }
  log_.error("partition_failed",
             {{"partition", name}, {"what", escaped_text{what}}, {"error", error.message()}});
}

void partition_log::gave_up(std::string_view name, std::string_view what, offset log_start) {
  log_.warn("partition_loss_accepted",
            {{"partition", name}, {"what", escaped_text{what}}, {"log_start", log_start.value()}});
}

void partition_log::codec_missing(std::string_view name, record::compression_type compression) {
  constexpr std::array<std::string_view, record::compression_type_count> plugins{
      "none", "gzip", "snappy", "lz4", "zstd"};
  log_.error("codec_missing",
             {{"partition", name},
              {"plugin", plugins.at(static_cast<std::size_t>(compression))},
              {"message",
               "a batch was refused: a rule of the topic has to look into it, or its "
               "compression.type wants it compressed anew, and this plugin is not loaded"}});
}

void group_log::loaded(partition_index home, std::size_t groups, std::size_t skipped,
                       std::chrono::milliseconds took) {
  if (groups == 0 && skipped == 0) {
    return;
  }
  log_.info("groups_loaded", {{"partition", std::int64_t{home.value()}},
                              {"groups", std::uint64_t{groups}},
                              {"milliseconds", std::int64_t{took.count()}}});
  if (skipped != 0) {
    log_.error("group_records_skipped",
               {{"partition", std::int64_t{home.value()}},
                {"records", std::uint64_t{skipped}},
                {"message", "records of __consumer_offsets could not be read"}});
  }
}

void group_log::load_failed(partition_index home) {
  log_.error("groups_not_loaded", {{"partition", std::int64_t{home.value()}},
                                   {"message", "__consumer_offsets cannot be read; tried again"}});
}

void group_log::write_failed(partition_index home, std::string_view why) {
  log_.warn("group_write_failed", {{"partition", std::int64_t{home.value()}}, {"reason", why}});
}

namespace {

log_level to_log_level(extension::line_level level) noexcept {
  switch (level) {
    case extension::line_level::debug:
      return log_level::debug;
    case extension::line_level::info:
      return log_level::info;
    case extension::line_level::warning:
      return log_level::warn;
    case extension::line_level::error:
      return log_level::error;
  }
  return log_level::error;
}

}  // namespace

void extension_lines::write(extension::line_level level, std::string_view plugin,
                            std::string_view instance, std::string_view line) noexcept {
  log_.write(to_log_level(level), "extension",
             {{"instance", instance}, {"plugin", plugin}, {"message", line}});
}

bool extension_lines::is_on(extension::line_level level) const noexcept {
  return log_.is_on(to_log_level(level));
}

void connection_lines::write(level importance, std::string_view line) noexcept {
  switch (importance) {
    case level::debug:
      return log_.debug("connection", {{"message", escaped_text{line}}});
    case level::warning:
      return log_.warn("connection", {{"message", escaped_text{line}}});
  }
}

}  // namespace tidemill::server
