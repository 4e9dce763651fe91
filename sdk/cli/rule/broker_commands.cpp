// Rules of a running broker, through its admin server.
#include <ctime>
#include <fstream>
#include <iterator>

#include "admin/broker_answer.hpp"
#include "rule/commands.hpp"

namespace tidemill::cli {
namespace {

constexpr const char* rules_path = "/v1/rules";

struct request {
  std::string admin = "127.0.0.1:9644";
  std::string name;
  std::string path;
  std::string version;
};

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_name(const std::string& name) {
  return !name.empty() && name.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_.-") == std::string::npos;
}

std::string short_hash(const boost::json::value& of) {
  constexpr std::size_t shown = 12;
  return field_of(of, "sha256").substr(0, shown);
}

/// "2026-11-28 12:34:56" in local time.
std::string time_of(const boost::json::value& of) {
  const auto* const object = of.if_object();
  const auto* const found = object == nullptr ? nullptr : object->if_contains("accepted_at_ms");
  if (found == nullptr || !found->is_int64()) {
    return "-";
  }
  const std::time_t seconds = found->get_int64() / 1000;
  std::tm parts{};
  char text[32] = {};
  ::localtime_r(&seconds, &parts);
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return text;
}

std::string list_of(const boost::json::value& body) {
  std::string text;
  for (const auto& rule : array_of(body, "rules")) {
    text += field_of(rule, "file") + "  " + short_hash(rule) + "  since " + time_of(rule);
    for (const auto& use : array_of(rule, "topics")) {
      text += "  " + field_of(use, "setting") + " of " + field_of(use, "topic");
    }
    if (const auto* running = rule.as_object().if_contains("running")) {
      for (const auto& kind : array_of(*running, "kinds")) {
        text += "  " + field_of(kind, "calls") + " calls, " + field_of(kind, "records") +
                " records, " + field_of(kind, "objections") + " objections, breaker " +
                field_of(kind, "breaker");
      }
    }
    text += "\n";
  }
  return text.empty() ? "no rules\n" : text;
}

std::string history_of(const boost::json::value& body) {
  std::string text;
  for (const auto& version : array_of(body, "history")) {
    text +=
        short_hash(version) + "  " + time_of(version) + (text.empty() ? "  in force" : "") + "\n";
  }
  return text;
}

/// "" with a failure told when there is none.
std::string checked_name(const std::string& name, output& out) {
  const std::string file = file_name(name);
  if (!is_name(file)) {
    out.fail("'" + name + "' cannot be the name of a rule", "see them: tidectl rule list", 2);
    return {};
  }
  return file;
}

void apply(const request& wanted, output& out) {
  std::ifstream file(wanted.path, std::ios::binary);
  if (!file) {
    out.fail(wanted.path + " cannot be opened", "name a file that is there", 2);
    return;
  }
  const std::string source{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::string name = checked_name(wanted.name.empty() ? wanted.path : wanted.name, out);
  if (name.empty()) {
    return;
  }
  const auto body =
      ask_broker({wanted.admin, "POST", std::string(rules_path) + "/" + name, source,
                  "what is in force stays; look for more with: tidectl rule check " + wanted.path},
                 out);
  if (body) {
    out.answer(*body, name + " is in force (" + short_hash(*body) +
                          "); a topic names it as lua:" + name + "\n");
  }
}

void show(const request& wanted, const char* what, output& out) {
  const std::string name = checked_name(wanted.name, out);
  if (name.empty()) {
    return;
  }
  const auto body = ask_broker({wanted.admin,
                                "GET",
                                std::string(rules_path) + "/" + name,
                                {},
                                "see them: tidectl rule list --admin " + wanted.admin},
                               out);
  if (body) {
    out.answer(*body,
               what == std::string("history") ? history_of(*body) : field_of(*body, "source"));
  }
}

void change(const request& wanted, const std::string& path, output& out) {
  const auto body = ask_broker({wanted.admin, "POST", path, wanted.version,
                                "see its versions: tidectl rule history " + wanted.name},
                               out);
  if (body) {
    out.answer(*body, facts_of(*body));
  }
}

}  // namespace

void add_rule_broker_commands(CLI::App& rule, output& out) {
  const auto add = [&](const char* name, const char* help, const char* example) {
    auto wanted = std::make_shared<request>();
    auto* command = rule.add_subcommand(name, help);
    command->add_option("--admin", wanted->admin, "Admin server of the broker")
        ->capture_default_str();
    command->footer(std::string("Example:\n  ") + example);
    return std::pair(command, wanted);
  };
  const auto named = [&](const char* name, const char* help, const char* example) {
    auto added = add(name, help, example);
    added.first->add_option("rule", added.second->name, "The rule, orders.lua")->required();
    return added;
  };

  const auto [put, applied] =
      add("apply", "Put a rule into force on a running broker", "tidectl rule apply orders.lua");
  put->add_option("file", applied->path, "The file")->required();
  put->add_option("--name", applied->name, "What the broker calls it; the file's name otherwise");
  put->callback([wanted = applied, &out] { apply(*wanted, out); });

  const auto [list, listed] =
      add("list", "Show the rules of a running broker", "tidectl rule list");
  list->callback([wanted = listed, &out] {
    if (const auto body = ask_broker({wanted->admin, "GET", rules_path, {}, {}}, out)) {
      out.answer(*body, list_of(*body));
    }
  });

  const auto [text, shown] =
      named("show", "Print the text in force", "tidectl rule show orders.lua > orders.lua");
  text->callback([wanted = shown, &out] { show(*wanted, "source", out); });
  const auto [history, remembered] =
      named("history", "Show the versions of a rule", "tidectl rule history orders.lua");
  history->callback([wanted = remembered, &out] { show(*wanted, "history", out); });

  const auto [back, rolled] =
      named("rollback", "Put an earlier version into force", "tidectl rule rollback orders.lua");
  back->add_option("--to", rolled->version, "Beginning of its SHA-256; the one before otherwise");
  back->callback([wanted = rolled, &out] {
    if (const std::string name = checked_name(wanted->name, out); !name.empty()) {
      change(*wanted, std::string(rules_path) + "/" + name + "/rollback", out);
    }
  });

  const auto [take, removed] =
      named("remove", "Remove a rule that no topic names", "tidectl rule remove orders.lua");
  take->callback([wanted = removed, &out] {
    if (const std::string name = checked_name(wanted->name, out); !name.empty()) {
      change(*wanted, std::string(rules_path) + "/" + name + "/remove", out);
    }
  });

  const auto [stop, disabled] = named("disable", "Take a rule out of work until the next reload",
                                      "tidectl rule disable orders.lua");
  stop->callback([wanted = disabled, &out] {
    if (const std::string name = checked_name(wanted->name, out); !name.empty()) {
      change(*wanted, "/v1/extensions/lua:" + name + "/disable", out);
    }
  });
}

}  // namespace tidemill::cli
