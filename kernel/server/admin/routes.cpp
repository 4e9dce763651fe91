#include "server/admin/routes.hpp"

#include <utility>

#include "base/escape.hpp"

namespace tidemill::server::admin {

void routes::add(std::string path, handler serve) {
  handlers_.insert_or_assign(std::move(path), entry{std::move(serve), false});
}

void routes::add_action(std::string path, handler serve) {
  handlers_.insert_or_assign(std::move(path), entry{std::move(serve), true});
}

void routes::serve(const http_request& request, answer reply) {
  const std::string_view path =
      std::string_view(request.target).substr(0, request.target.find('?'));
  const auto found = handlers_.find(path);
  if (found == handlers_.end()) {
    std::string known;
    for (const auto& [name, unused] : handlers_) {
      known += name + "\n";
    }
    reply({404, "text/plain; charset=utf-8",
           "There is nothing at " + escape(path) + ". There is:\n" + known});
    return;
  }
  entry& known = found->second;
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (known.is_action ? request.method != "POST" : !reads) {
    const std::string allowed = known.is_action ? "POST" : "GET, HEAD";
    http_response refusal{405, "text/plain; charset=utf-8",
                          "Only " + (known.is_action ? allowed : "GET and HEAD") +
                              (known.is_action ? " is" : " are") + " served here.\n"};
    refusal.allowed_methods = allowed;
    return reply(std::move(refusal));
  }
  if (known.is_action && request.is_from_browser) {
    return reply({403, "text/plain; charset=utf-8", "This is not for browsers.\n"});
  }
  known.serve(std::move(reply));
}

}  // namespace tidemill::server::admin
