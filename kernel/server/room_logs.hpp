#pragma once

#include <string_view>

#include "extension/extension_log.hpp"
#include "groups/host.hpp"
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
  void codec_missing(std::string_view name, record::compression_type compression) override;

 private:
  logger& log_;
};

/// The same for group coordinators.
class group_log final : public groups::host_listener {
 public:
  explicit group_log(logger& log) : log_(log) {}
  void loaded(partition_index home, std::size_t groups, std::size_t skipped,
              std::chrono::milliseconds took) override;
  void load_failed(partition_index home) override;
  void write_failed(partition_index home, std::string_view why) override;

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

/// The same for plugins: what they write, and what is told about them.
class extension_lines final : public extension::extension_log {
 public:
  explicit extension_lines(logger& log) : log_(log) {}
  void write(extension::line_level level, std::string_view plugin, std::string_view instance,
             std::string_view line) noexcept override;
  [[nodiscard]] bool is_on(extension::line_level level) const noexcept override;

 private:
  logger& log_;
};

}  // namespace tidemill::server
