#include "server/room_logs.hpp"

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
  log_.error("partition_failed",
             {{"partition", name}, {"what", escaped_text{what}}, {"error", error.message()}});
}

void partition_log::gave_up(std::string_view name, std::string_view what, offset log_start) {
  log_.warn("partition_loss_accepted",
            {{"partition", name}, {"what", escaped_text{what}}, {"log_start", log_start.value()}});
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
