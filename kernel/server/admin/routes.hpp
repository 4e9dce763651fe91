#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/unique_function.hpp"
#include "server/admin/http_message.hpp"

namespace tidemill::server::admin {

/// Gives the response; exactly once, on the loop of the admin server, at once or later.
using answer = unique_function<void(http_response)>;

/// Which handler serves which path and method. Filled before the server starts; then the loop's
/// thread only.
class routes {
 public:
  using handler = unique_function<void(answer)>;

  /// Serves GET and HEAD of exactly this path.
  void add(std::string path, handler serve);

  /// Serves POST of exactly this path: something that changes the broker. Browsers are refused
  /// (403), for any page that one shows could send it here.
  void add_action(std::string path, handler serve);

  /// Calls the handler, or answers 404, 405 or 403 itself. The query is ignored.
  void serve(const http_request& request, answer reply);

 private:
  struct entry {
    handler serve;
    bool is_action = false;
  };
  std::map<std::string, entry, std::less<>> handlers_;
};

}  // namespace tidemill::server::admin
