#pragma once

#include <chrono>
#include <string>

#include "tidemill/values.hpp"

namespace tidemill::cli {

struct admin_answer {
  unsigned status = 0;
  std::string body;
};

/// Asks the broker's admin server at "host:port". UNAVAILABLE: it cannot be reached, or does not
/// answer in time; the message says why. Blocks.
[[nodiscard]] sdk::result<admin_answer> ask_admin(const std::string& address,
                                                  const std::string& method,
                                                  const std::string& path,
                                                  std::chrono::seconds longest,
                                                  const std::string& body = {});

}  // namespace tidemill::cli
