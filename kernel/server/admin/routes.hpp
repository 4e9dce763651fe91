#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/unique_function.hpp"
#include "server/admin/http_message.hpp"

namespace tidemill::server::admin {

/// Gives the response; exactly once, on the loop of the admin server, at once or later.
using answer = unique_function<void(http_response)>;

/// Which handler serves which path. Filled before the server starts; then the loop's thread only.
class routes {
 public:
  using handler = unique_function<void(answer)>;

  /// Serves GET and HEAD of exactly this path.
  void add(std::string path, handler serve);

  /// Calls the handler, or answers 404, 405 or 400 itself. The query is ignored.
  void serve(const http_request& request, answer reply);

 private:
  std::map<std::string, handler, std::less<>> handlers_;
};

}  // namespace tidemill::server::admin
