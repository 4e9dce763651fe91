#pragma once

#include <string_view>

#include "network/connection_log.hpp"
#include "partition/host.hpp"
#include "server/logging/logger.hpp"

namespace tidemill::server {

/// Writes what partitions report to the log of the process. Any thread.
class partition_log final : public partition::host_listener {
 public:
  explicit partition_log(logger& log) : log_(log) {}
  void recovered(std::string_view name, const log::recovery_report& report) override;
  void failed(std::string_view name, std::string_view what, error_code error) override;
  void gave_up(std::string_view name, std::string_view what, offset log_start) override;

 private:
  logger& log_;
};

/// The same for connections.
class connection_lines final : public network::connection_log {
 public:
  explicit connection_lines(logger& log) : log_(log) {}
  void write(level importance, std::string_view line) noexcept override;

 private:
  logger& log_;
};

}  // namespace tidemill::server
