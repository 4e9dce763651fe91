#pragma once

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "base/escape.hpp"
#include "extension/instance.hpp"
#include "io/crash_note.hpp"
#include "tidemill/abi.h"

namespace tidemill::extension {

/// The error that a call may fill in.
class error_slot {
 public:
  error_slot() noexcept {
    raw_.struct_size = sizeof raw_;
    raw_.record_index = -1;
  }
  /// As new, for another call.
  void clear() noexcept {
    if (raw_.message_size != 0) {
      *this = error_slot();
    }
    raw_.struct_size = sizeof raw_;
    raw_.record_index = -1;
    raw_.wire_code = 0;
  }
  [[nodiscard]] tidemill_error* raw() noexcept { return &raw_; }
  /// What the host has to say of the call. `what` is cut where it is too long.
  void tell(std::string_view what) noexcept;
  /// What an exception said that came out of the call.
  void threw(const char* what) noexcept;
  /// What the plugin said, made printable; or else what the status means.
  [[nodiscard]] std::string message(tidemill_status status) const;
  [[nodiscard]] bool has_message() const noexcept { return raw_.message_size > 0; }
  [[nodiscard]] std::int32_t record_index() const noexcept { return raw_.record_index; }

 private:
  tidemill_error raw_{};
};

/// "TIDEMILL_INTERNAL"; the number for one that is not known.
[[nodiscard]] std::string status_text(tidemill_status status);

/// Calls into a plugin: a crash meanwhile names it in the log, and an exception, which must not
/// cross, ends here as TIDEMILL_INTERNAL and in `error`. `function` is a literal.
template <class Call>
tidemill_status call_plugin(const descriptor& plugin, const std::string& instance,
                            const char* function, error_slot& error, Call call) noexcept {
  const io::crash_note note(
      {plugin.name.c_str(), plugin.version.c_str(), instance.c_str(), function});
  try {
    return call();
  } catch (const std::exception& why) {
    error.threw(why.what());
  } catch (...) {
    error.threw("of a type that only the plugin knows");
  }
  return TIDEMILL_INTERNAL;
}

/// The same for a function that tells nothing.
template <class Call>
void notify_plugin(const descriptor& plugin, const std::string& instance, const char* function,
                   Call call) noexcept {
  const io::crash_note note(
      {plugin.name.c_str(), plugin.version.c_str(), instance.c_str(), function});
  try {
    call();
  } catch (...) {
    // Nobody waits for an answer.
  }
}

}  // namespace tidemill::extension
