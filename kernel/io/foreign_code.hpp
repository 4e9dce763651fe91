#pragma once

#include <cstdint>

#include "io/crash_note.hpp"

namespace tidemill::io {

/// The library of note_foreign_code() that the address lies in; no plugin: none of them.
/// Async-signal-safe.
[[nodiscard]] foreign_call foreign_code_at(std::uintptr_t address) noexcept;

/// The innermost caller on this thread's stack that lies in such a library; no plugin: none.
/// Async-signal-safe where the unwinder of the C++ runtime is, after one call outside of a handler.
[[nodiscard]] foreign_call foreign_caller() noexcept;

}  // namespace tidemill::io
