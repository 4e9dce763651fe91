#pragma once

namespace tidemill::io {

/// Ends the process at once: no thread is waited for, nothing is destroyed, no handler runs.
[[noreturn]] void leave_process(int status) noexcept;

}  // namespace tidemill::io
