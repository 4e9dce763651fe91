// Asking the broker's admin server, and showing what it answers.
#include "admin/broker_answer.hpp"

#include "admin/admin_client.hpp"

namespace tidemill::cli {
namespace {

/// A value as a cell of a table.
std::string cell_of(const boost::json::value& value) {
  if (value.is_string()) {
    return std::string(value.get_string());
  }
  if (value.is_array()) {
    std::string all;
    for (const auto& one : value.get_array()) {
      all += (all.empty() ? "" : ", ") + cell_of(one);
    }
    return all;
  }
  return value.is_null() ? "-" : boost::json::serialize(value);
}

void add_rows(const boost::json::value& value, const std::string& indent, std::string& text);

void add_object(const boost::json::object& object, const std::string& indent, std::string& text) {
  for (const auto& [key, value] : object) {
    const bool has_parts = value.is_object() || (value.is_array() && !value.get_array().empty() &&
                                                 value.get_array().front().is_object());
    text += indent + std::string(key) + (has_parts ? "\n" : ": " + cell_of(value) + "\n");
    if (has_parts) {
      add_rows(value, indent + "  ", text);
    }
  }
}

/// The broker's answer for people: whatever it says, one fact a line.
void add_rows(const boost::json::value& value, const std::string& indent, std::string& text) {
  if (value.is_object()) {
    add_object(value.get_object(), indent, text);
  } else if (value.is_array()) {
    for (const auto& one : value.get_array()) {
      add_rows(one, indent, text);
      text += one.is_object() ? "\n" : "";
    }
  } else {
    text += indent + cell_of(value) + "\n";
  }
}

std::string error_of(const boost::json::value& body, const std::string& raw) {
  if (const auto& problems = array_of(body, "problems"); !problems.empty()) {
    std::string all;
    for (const auto& problem : problems) {
      all += (all.empty() ? "" : "; ") + cell_of(problem);
    }
    return all;
  }
  if (const auto* object = body.if_object()) {
    for (const char* key : {"error", "message"}) {
      if (const auto* found = object->if_contains(key); found != nullptr && found->is_string()) {
        return std::string(found->get_string());
      }
    }
  }
  return raw;
}

}  // namespace

std::string facts_of(const boost::json::value& value) {
  std::string text;
  add_rows(value, "", text);
  return text;
}

std::string field_of(const boost::json::value& of, const char* name) {
  const auto* object = of.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(name);
  return found == nullptr ? "-" : cell_of(*found);
}

const boost::json::array& array_of(const boost::json::value& of, const char* name) {
  static const boost::json::array none;
  const auto* object = of.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(name);
  return found == nullptr || !found->is_array() ? none : found->get_array();
}

std::optional<boost::json::value> ask_broker(const broker_request& wanted, output& out) {
  constexpr std::chrono::seconds longest{60};
  const auto answer = ask_admin(wanted.admin, wanted.method, wanted.path, longest, wanted.body);
  if (!answer) {
    out.fail("the admin server at " + wanted.admin + " does not answer: " + answer.error().message,
             "is the broker running, and is it Tidemill? Others have no admin server. --admin "
             "HOST:PORT names another address ([admin] in its configuration)");
    return std::nullopt;
  }
  boost::system::error_code why;
  auto body = boost::json::parse(answer->body, why);
  if (answer->status / 100 != 2) {
    const std::string said = error_of(why ? boost::json::value() : body, answer->body);
    out.fail("the broker at " + wanted.admin + " answers " + std::to_string(answer->status) + ": " +
                 said,
             wanted.next);
    return std::nullopt;
  }
  return why ? boost::json::value(answer->body) : body;
}

}  // namespace tidemill::cli
