#include "server/admin/routes.hpp"

#include <utility>

#include "base/escape.hpp"

namespace tidemill::server::admin {

void routes::add(std::string path, handler serve) {
  handlers_.insert_or_assign(std::move(path), std::move(serve));
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
  } else if (request.method != "GET" && request.method != "HEAD") {
    reply({405, "text/plain; charset=utf-8", "Only GET and HEAD are served here.\n"});
  } else {
    found->second(std::move(reply));
  }
}

}  // namespace tidemill::server::admin
