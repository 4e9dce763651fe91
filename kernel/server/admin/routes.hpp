#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  /// The same for every path of the form `before`NAME`after`, where NAME is one word; the handler
  /// gets it, and the body of the request, as they were sent.
  using named_handler = unique_function<void(std::string name, std::string body, answer)>;
  void add_named_action(std::string before, std::string after, named_handler serve);
  /// Serves GET and HEAD of every path of that form.
  void add_named(std::string before, std::string after, named_handler serve);

  /// Calls the handler, or answers 404, 405 or 403 itself. The query is ignored.
  void serve(const http_request& request, answer reply);

 private:
  struct entry {
    handler serve;
    bool is_action = false;
  };
  struct named_entry {
    std::string before;
    std::string after;
    named_handler serve;
    bool is_action = true;
  };
  /// One of the method's kind, where there are both.
  [[nodiscard]] named_entry* find_named(std::string_view path, bool is_action, std::string& name);
  /// What stands against the request; nullopt when nothing does.
  [[nodiscard]] static std::optional<http_response> refusal(const http_request& request,
                                                            bool is_action);

  std::map<std::string, entry, std::less<>> handlers_;
  std::vector<named_entry> named_;
};

}  // namespace tidemill::server::admin
