// What a running broker has loaded, through its admin server.
#include "admin/broker_answer.hpp"
#include "plugin/commands.hpp"

namespace tidemill::cli {
namespace {

constexpr const char* list_path = "/v1/extensions";

struct request {
  std::string admin = "127.0.0.1:9644";
  std::string name;
};

/// What GET /v1/extensions says, a line for each plugin and instance.
std::string list_of(const boost::json::value& body) {
  std::string text = "plugins\n";
  for (const auto& plugin : array_of(body, "plugins")) {
    text += "  " + field_of(plugin, "name") + " " + field_of(plugin, "version") + "  " +
            field_of(plugin, "kinds") + "  " + field_of(plugin, "file") + "\n";
  }
  text += "instances\n";
  for (const auto& instance : array_of(body, "instances")) {
    text += "  " + field_of(instance, "name") + "  " + field_of(instance, "state") + ", " +
            field_of(instance, "plugin") + " " + field_of(instance, "version");
    for (const auto& kind : array_of(instance, "kinds")) {
      text += "  " + field_of(kind, "kind") + ": " + field_of(kind, "calls") + " calls, breaker " +
              field_of(kind, "breaker");
    }
    text += "\n";
  }
  for (const auto& problem : array_of(body, "problems")) {
    text += "PROBLEM: " + facts_of(problem);
  }
  return text;
}

void ask(const request& wanted, const char* method, const std::string& path, output& out) {
  const auto body =
      ask_broker({wanted.admin,
                  method,
                  path,
                  {},
                  "see what it has loaded: tidectl plugin list --admin " + wanted.admin},
                 out);
  if (body) {
    out.answer(*body, path == list_path ? list_of(*body) : facts_of(*body));
  }
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
