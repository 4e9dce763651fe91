#pragma once

#include <string>

namespace tidemill::io {

/// The directory of the running program's file, without a '/' at its end; empty where the system
/// does not tell.
[[nodiscard]] std::string executable_directory();

}  // namespace tidemill::io
