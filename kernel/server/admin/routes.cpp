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

void routes::add_named_action(std::string before, std::string after, named_handler serve) {
  named_.push_back({std::move(before), std::move(after), std::move(serve), true});
}

void routes::add_named(std::string before, std::string after, named_handler serve) {
  named_.push_back({std::move(before), std::move(after), std::move(serve), false});
}

void routes::serve(const http_request& request, answer reply) {
  const std::string_view path =
      std::string_view(request.target).substr(0, request.target.find('?'));
  const auto found = handlers_.find(path);
  std::string name;
  named_entry* named =
      found == handlers_.end() ? find_named(path, request.method == "POST", name) : nullptr;
  if (found == handlers_.end() && named == nullptr) {
    std::string known;
    for (const auto& [one, unused] : handlers_) {
      known += one + "\n";
    }
    return reply({404, "text/plain; charset=utf-8",
                  "There is nothing at " + escape(path) + ". There is:\n" + known});
  }
  if (auto refused =
          refusal(request, named != nullptr ? named->is_action : found->second.is_action)) {
    return reply(std::move(*refused));
  }
  if (named != nullptr) {
    named->serve(std::move(name), request.body, std::move(reply));
  } else {
    found->second.serve(std::move(reply));
  }
}

routes::named_entry* routes::find_named(std::string_view path, bool is_action, std::string& name) {
  named_entry* found = nullptr;
  for (named_entry& one : named_) {
    const bool fits = path.size() > one.before.size() + one.after.size() &&
                      path.starts_with(one.before) && path.ends_with(one.after);
    const std::string_view middle =
        fits ? path.substr(one.before.size(), path.size() - one.before.size() - one.after.size())
             : std::string_view();
    if (fits && middle.find('/') == std::string_view::npos &&
        (found == nullptr || one.is_action == is_action)) {
      found = &one;
      name = middle;
    }
  }
  return found;
}

std::optional<http_response> routes::refusal(const http_request& request, bool is_action) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (is_action ? request.method != "POST" : !reads) {
    http_response refused{
        405, "text/plain; charset=utf-8",
        is_action ? "Only POST is served here.\n" : "Only GET and HEAD are served here.\n"};
    refused.allowed_methods = is_action ? "POST" : "GET, HEAD";
    return refused;
  }
  if (is_action && request.is_from_browser) {
    return http_response{403, "text/plain; charset=utf-8", "This is not for browsers.\n"};
  }
  return std::nullopt;
}

}  // namespace tidemill::server::admin
