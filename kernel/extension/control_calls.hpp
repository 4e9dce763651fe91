#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "extension/host_handle.hpp"
#include "extension/problem.hpp"
#include "io/patient_thread.hpp"

namespace tidemill::extension {

/// Calls that plugins get on the control thread: loading, making and destroying instances. They are
/// made on a thread beside it, so that one that hangs costs that thread and not the rest of a look.
/// Control thread.
class control_calls {
 public:
  /// Borrows the environment.
  explicit control_calls(const host_environment& environment) noexcept
      : environment_(environment) {}

  /// Makes the call and waits for it, host_environment::hang_after at most. What it refers to is
  /// its own, for it may go on afterwards. `what` it is, for a person: "create() of keys". Of calls
  /// with one key none is begun while another has not returned.
  [[nodiscard]] outcome<void> run(const std::string& key, const std::string& what, io::task call);

 private:
  struct unreturned {
    std::string what;
    std::shared_ptr<std::atomic<bool>> has_returned;
  };

  const host_environment& environment_;
  io::patient_thread thread_;
  std::map<std::string, unreturned, std::less<>> unreturned_;
};

}  // namespace tidemill::extension
