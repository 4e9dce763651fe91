#include "server/extension_pages.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#include <boost/json.hpp>
#pragma GCC diagnostic pop

#include <array>

#include "server/rule_deployment.hpp"

namespace tidemill::server {

namespace json = boost::json;

namespace {

json::array texts(const std::vector<std::string>& list) {
  json::array shown;
  for (const std::string& one : list) {
    shown.emplace_back(one);
  }
  return shown;
}

std::string_view name_of(extension::breaker::state state) {
  switch (state) {
    case extension::breaker::state::closed:
      return "closed";
    case extension::breaker::state::open:
      return "open";
    case extension::breaker::state::probing:
      return "probing";
  }
  return "unknown";
}

json::object describe(const extension::plugin_report& one) {
  return {{"name", one.name},          {"version", one.version},
          {"licence", one.licence},    {"summary", one.summary},
          {"file", one.path},          {"sha256", one.sha256},
          {"kinds", texts(one.kinds)}, {"required_keys", texts(one.required_keys)}};
}

json::object describe(const extension::kind_report& one) {
  const extension::call_figures& now = one.figures;
  return {{"kind", std::string(extension::name_of(one.which))},
          {"calls", now.calls},
          {"records", now.records},
          {"nanoseconds", now.nanoseconds},
          {"faults", json::object{{"error", now.errors},
                                  {"overrun", now.overruns},
                                  {"out_of_range", now.out_of_range}}},
          {"spared_calls", now.spared},
          {"objections", now.objections},
          {"breaker", std::string(name_of(now.breaker_state))},
          {"breaker_openings", now.breaker_openings}};
}

json::object describe(const extension::hanging_call& one) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(one.lasts).count();
  return {{"plugin", one.plugin},
          {"version", one.version},
          {"instance", one.instance},
          {"call", one.function},
          {"seconds", seconds}};
}

json::object describe(const extension::instance_report& one) {
  json::object shown;
  shown["name"] = one.name;
  shown["state"] = one.is_disabled      ? "disabled"
                   : one.plugin.empty() ? "missing"
                   : one.is_current     ? "current"
                                        : "retired";
  shown["plugin"] = one.plugin;
  shown["version"] = one.version;
  shown["fingerprint"] = hexadecimal(one.fingerprint);
  json::array kinds;
  for (const extension::kind_report& each : one.kinds) {
    kinds.push_back(describe(each));
  }
  shown["kinds"] = std::move(kinds);
  json::object config;
  for (const auto& [key, value] : one.config) {
    config[key] = value;
  }
  shown["config"] = std::move(config);
  shown["memory_bytes"] = one.memory_bytes;
  json::object mismatches;
  for (const auto& [client, count] : one.mismatches) {
    mismatches[client] = count;
  }
  shown["mismatches"] = std::move(mismatches);
  return shown;
}

}  // namespace

std::string hexadecimal(std::uint64_t value) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

std::string extensions_page(const extension::extension_report& now) {
  json::object shown;
  shown["directories"] = texts(now.directories);
  json::array plugins;
  for (const extension::plugin_report& one : now.plugins) {
    plugins.push_back(describe(one));
  }
  shown["plugins"] = std::move(plugins);
  json::array instances;
  for (const extension::instance_report& one : now.instances) {
    instances.push_back(describe(one));
  }
  shown["instances"] = std::move(instances);
  shown["problems"] = texts(now.problems);
  shown["loads"] = now.loads;
  shown["mapped_files"] = now.mapped_files;
  json::array hanging;
  for (const extension::hanging_call& one : now.hanging) {
    hanging.push_back(describe(one));
  }
  shown["hanging"] = std::move(hanging);
  return json::serialize(shown) + "\n";
}

std::string reload_page(const std::vector<std::string>& problems, std::size_t changed_keys,
                        std::size_t keys_for_restart) {
  json::object shown{
      {"problems", texts(problems)}, {"changed", changed_keys}, {"need_restart", keys_for_restart}};
  std::string error;
  for (const std::string& one : problems) {
    error += (error.empty() ? "" : "; ") + one;
  }
  if (!error.empty()) {
    shown["error"] = error;
  }
  return json::serialize(shown) + "\n";
}

namespace {

json::array describe_uses(const metadata::image& image, std::string_view file) {
  json::array uses;
  for (const rule_use& one : uses_of_rule(image, file)) {
    uses.push_back(json::object{{"topic", one.topic}, {"setting", one.setting}});
  }
  return uses;
}

json::object describe(const metadata::rule::version& one) {
  return {{"sha256", one.sha256}, {"accepted_at_ms", one.accepted_at_ms}};
}

}  // namespace

std::vector<std::string> missing_extensions(const extension::extension_report& now,
                                            const metadata::image& image) {
  std::vector<std::string> sentences;
  for (const extension::instance_report& one : now.instances) {
    if (!one.plugin.empty()) {
      continue;
    }
    const auto uses = uses_of_extension(image, one.name);
    if (!uses.empty()) {
      sentences.push_back("extension " + one.name + ": not loaded, and named by " +
                          uses.front().setting + " of the topic " + uses.front().topic +
                          (uses.size() > 1 ? " and others" : ""));
    }
  }
  return sentences;
}

std::string rules_page(const metadata::image& from, const extension::extension_report& now) {
  json::array rules;
  for (const auto& rule : from.rules()) {
    json::object shown = describe(rule->versions.front());
    shown["file"] = rule->file;
    shown["versions"] = rule->versions.size();
    shown["topics"] = describe_uses(from, rule->file);
    for (const extension::instance_report& one : now.instances) {
      if (one.name == extension::rule_name(rule->file)) {
        json::object running = describe(one);
        running.erase("config");
        shown["running"] = std::move(running);
      }
    }
    rules.push_back(std::move(shown));
  }
  return json::serialize(json::object{{"rules", std::move(rules)}}) + "\n";
}

std::string rule_page(const metadata::image& from, std::string_view file) {
  const metadata::rule* rule = from.find_rule(file);
  if (rule == nullptr) {
    return {};
  }
  json::object shown = describe(rule->versions.front());
  shown["file"] = rule->file;
  shown["topics"] = describe_uses(from, file);
  json::array history;
  for (const auto& one : rule->versions) {
    history.push_back(describe(one));
  }
  shown["history"] = std::move(history);
  shown["source"] = rule->versions.front().source;
  return json::serialize(shown) + "\n";
}

std::string rule_accepted_page(std::string_view file, std::string_view sha256) {
  return json::serialize(json::object{{"file", file}, {"sha256", sha256}, {"state", "in force"}}) +
         "\n";
}

std::string error_page(std::string_view sentence) {
  return json::serialize(json::object{{"error", sentence}}) + "\n";
}

std::string disable_page(const std::string& name, bool is_known) {
  const json::object shown =
      is_known ? json::object{{"name", name}, {"state", "disabled"}}
               : json::object{{"error", "there is no extension \"" + name + "\""}};
  return json::serialize(shown) + "\n";
}

}  // namespace tidemill::server
