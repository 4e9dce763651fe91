// What a running broker has loaded, through its admin server.
#include "admin_client.hpp"
#include "commands.hpp"

namespace tidemill::cli {
namespace {

constexpr const char* list_path = "/v1/extensions";

struct request {
  std::string admin = "127.0.0.1:9644";
  std::string name;
};

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

/// A field as text, "-" where it is missing.
std::string field(const boost::json::value& of, const char* name) {
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

/// What GET /v1/extensions says, a line for each plugin and instance.
std::string list_of(const boost::json::value& body) {
  std::string text = "plugins\n";
  for (const auto& plugin : array_of(body, "plugins")) {
    text += "  " + field(plugin, "name") + " " + field(plugin, "version") + "  " +
            field(plugin, "kinds") + "  " + field(plugin, "file") + "\n";
  }
  text += "instances\n";
  for (const auto& instance : array_of(body, "instances")) {
    text += "  " + field(instance, "name") + "  " + field(instance, "state") + ", " +
            field(instance, "plugin") + " " + field(instance, "version");
    for (const auto& kind : array_of(instance, "kinds")) {
      text += "  " + field(kind, "kind") + ": " + field(kind, "calls") + " calls, breaker " +
              field(kind, "breaker");
    }
    text += "\n";
  }
  for (const auto& problem : array_of(body, "problems")) {
    text += "PROBLEM: " + cell_of(problem) + "\n";
  }
  return text;
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

void ask(const request& wanted, const char* method, const std::string& path, output& out) {
  constexpr std::chrono::seconds longest{60};
  const auto answer = ask_admin(wanted.admin, method, path, longest);
  if (!answer) {
    out.fail("the admin server at " + wanted.admin + " does not answer: " + answer.error().message,
             "is the broker running? --admin HOST:PORT names another address ([admin] in its "
             "configuration)");
    return;
  }
  boost::system::error_code why;
  const auto body = boost::json::parse(answer->body, why);
  if (answer->status / 100 != 2) {
    const std::string said = error_of(why ? boost::json::value() : body, answer->body);
    out.fail("the broker at " + wanted.admin + " answers " + std::to_string(answer->status) + ": " +
                 said,
             answer->status == 404 && wanted.name.empty()
                 ? "is it a broker of a version that knows extensions?"
                 : "see what it has loaded: tidectl plugin list --admin " + wanted.admin);
    return;
  }
  std::string text;
  if (why) {
    text = answer->body;
  } else if (path == list_path) {
    text = list_of(body);
  } else {
    add_rows(body, "", text);
  }
  out.answer(why ? boost::json::value(answer->body) : body, text);
}

bool is_name(const std::string& name) {
  return !name.empty() && name.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_.-") == std::string::npos;
}

}  // namespace

void add_broker_commands(CLI::App& plugin, output& out) {
  const auto add = [&](const char* name, const char* help, const char* example) {
    auto wanted = std::make_shared<request>();
    auto* command = plugin.add_subcommand(name, help);
    command->add_option("--admin", wanted->admin, "Admin server of the broker")
        ->capture_default_str();
    command->footer(std::string("Example:\n  ") + example);
    return std::pair(command, wanted);
  };
  const auto [list, listed] =
      add("list", "Show what a running broker has loaded", "tidectl plugin list");
  list->callback([wanted = listed, &out] { ask(*wanted, "GET", list_path, out); });

  const auto [reload, reloaded] = add(
      "reload", "Have a running broker load new versions of its plugins", "tidectl plugin reload");
  reload->callback(
      [wanted = reloaded, &out] { ask(*wanted, "POST", "/v1/extensions/reload", out); });

  const auto [disable, disabled] =
      add("disable", "Take an instance out of work until the next reload",
          "tidectl plugin disable keys");
  disable->add_option("name", disabled->name, "Name of the instance")->required();
  disable->callback([wanted = disabled, &out] {
    if (!is_name(wanted->name)) {
      out.fail("'" + wanted->name + "' cannot be the name of an instance",
               "see them: tidectl plugin list", 2);
      return;
    }
    ask(*wanted, "POST", "/v1/extensions/" + wanted->name + "/disable", out);
  });
}

}  // namespace tidemill::cli
