#pragma once

#include "server/config/load.hpp"

namespace tidemill::server {

/// Where a running broker gets its configuration again when it is told to (SIGHUP).
class configuration_source {
 public:
  virtual ~configuration_source() = default;
  /// Reads all sources. On the broker's main thread.
  [[nodiscard]] virtual config::loaded reload() = 0;
};

/// Runs a broker on the calling thread until it is told to stop (SIGTERM, SIGINT) or cannot go on.
/// True when it stopped as asked. What goes wrong is told on standard error.
[[nodiscard]] bool run_broker(config::configuration values, configuration_source& source);

}  // namespace tidemill::server
