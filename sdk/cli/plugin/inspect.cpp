#include "plugin/commands.hpp"
#include "tidemill/batch.h"
#include "tidemill/inspection/description.hpp"
#include "tidemill/plugin.h"
#include "tidemill/retention.h"

namespace tidemill::cli {
namespace {

using inspection::config_key;
using inspection::description;
using inspection::elf_file;
using inspection::kind;

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) {
    all += (all.empty() ? "" : ", ") + word;
  }
  return all;
}

std::vector<std::string> needs_of(const kind& one) {
  std::vector<std::string> words;
  const auto add = [&](std::uint32_t bit, const char* word) {
    if ((one.needs & bit) != 0) {
      words.emplace_back(word);
    }
  };
  if (one.id == TIDEMILL_RETENTION) {
    add(TIDEMILL_FACT_DISK, "disk");
    add(TIDEMILL_FACT_GROUPS, "groups");
    add(TIDEMILL_FACT_FIRST_TIMESTAMPS, "first timestamps");
  } else {
    add(TIDEMILL_KEYS, "keys");
    add(TIDEMILL_VALUES, "values");
    add(TIDEMILL_HEADERS, "headers");
    add(TIDEMILL_TIMESTAMPS, "timestamps");
  }
  return words;
}

boost::json::array array_of(const auto& words) {
  boost::json::array made;
  for (const auto& word : words) {
    made.emplace_back(std::string(word));
  }
  return made;
}

boost::json::object json_of(const kind& one) {
  boost::json::object made{{"id", one.id},
                           {"known", one.is_known},
                           {"table_bytes", one.table_size},
                           {"flags", one.flags},
                           {"deterministic", (one.flags & TIDEMILL_DETERMINISTIC) != 0},
                           {"may_block", (one.flags & TIDEMILL_MAY_BLOCK) != 0},
                           {"needs", array_of(needs_of(one))}};
  if (one.codec) {
    made["codec"] = boost::json::object{{"name", one.codec->name},
                                        {"wire_id", one.codec->wire_id},
                                        {"level_min", one.codec->level_min},
                                        {"level_max", one.codec->level_max},
                                        {"level_default", one.codec->level_default}};
  }
  if (one.mechanism) {
    made["mechanism"] = *one.mechanism;
  }
  return made;
}

boost::json::object json_of(const config_key& key) {
  boost::json::object made{{"name", key.name},
                           {"type", inspection::type_name(key.type)},
                           {"required", (key.flags & TIDEMILL_KEY_REQUIRED) != 0},
                           {"secret", (key.flags & TIDEMILL_KEY_SECRET) != 0},
                           {"help", key.help}};
  made["default"] = key.default_value ? boost::json::value(*key.default_value) : nullptr;
  return made;
}

boost::json::object json_of(const std::string& path, const elf_file& file,
                            const description& plugin) {
  boost::json::array kinds;
  for (const kind& one : plugin.kinds) {
    kinds.push_back(json_of(one));
  }
  boost::json::array keys;
  for (const config_key& key : plugin.config_keys) {
    keys.push_back(json_of(key));
  }
  boost::json::array exports;
  boost::json::array unique;
  for (const auto& symbol : file.exports()) {
    (symbol.is_unique ? unique : exports).emplace_back(std::string(symbol.name));
  }
  return {{"file", path},
          {"name", plugin.name},
          {"version", plugin.version},
          {"licence", plugin.licence},
          {"summary", plugin.summary},
          {"abi", std::to_string(plugin.abi_major) + "." + std::to_string(plugin.abi_minor)},
          {"host_minor_min", plugin.host_minor_min},
          {"kinds", kinds},
          {"config_keys", keys},
          {"exports", exports},
          {"unique_symbols", unique},
          {"libraries", array_of(file.libraries())},
          {"size_bytes", file.bytes().size()},
          {"faults", array_of(inspection::faults_of(plugin))}};
}

std::string text_of(const kind& one) {
  std::string text = "  " + one.id;
  if (!one.is_known) {
    return text + "  (unknown to this tidectl)\n";
  }
  std::vector<std::string> facts;
  if ((one.flags & TIDEMILL_DETERMINISTIC) != 0) {
    facts.emplace_back("deterministic");
  }
  if ((one.flags & TIDEMILL_MAY_BLOCK) != 0) {
    facts.emplace_back("may block");
  }
  if (one.needs != 0) {
    facts.push_back("needs " + joined(needs_of(one)));
  }
  if (one.codec) {
    facts.push_back(one.codec->name + ", codec id " + std::to_string(one.codec->wire_id) +
                    ", levels " + std::to_string(one.codec->level_min) + " to " +
                    std::to_string(one.codec->level_max));
  }
  if (one.mechanism) {
    facts.push_back("mechanism " + *one.mechanism);
  }
  return text + (facts.empty() ? "" : "  " + joined(facts)) + "\n";
}

std::string text_of(const elf_file& file, const description& plugin) {
  std::string text = plugin.name + " " + plugin.version + "  (" + plugin.licence + ", ABI " +
                     std::to_string(plugin.abi_major) + "." + std::to_string(plugin.abi_minor) +
                     ")\n  " + plugin.summary + "\nkinds\n";
  for (const kind& one : plugin.kinds) {
    text += text_of(one);
  }
  text += plugin.config_keys.empty() ? "no configuration keys\n" : "configuration keys\n";
  for (const config_key& key : plugin.config_keys) {
    text += "  " + key.name + "  " + inspection::type_name(key.type) +
            (key.default_value ? ", default " + *key.default_value : "") +
            ((key.flags & TIDEMILL_KEY_REQUIRED) != 0 ? ", required" : "") +
            ((key.flags & TIDEMILL_KEY_SECRET) != 0 ? ", secret" : "") + "\n      " + key.help +
            "\n";
  }
  std::vector<std::string> libraries(file.libraries().begin(), file.libraries().end());
  text += "needs the libraries " + (libraries.empty() ? "none" : joined(libraries)) + "\n";
  for (const std::string& fault : inspection::faults_of(plugin)) {
    text += "FAULT: " + fault + "\n";
  }
  return text;
}

void inspect(const std::string& path, output& out) {
  const auto file = elf_file::read(path);
  if (!file) {
    out.fail(file.error().message, "a plugin is a shared library (.so) for this machine");
    return;
  }
  const auto plugin = inspection::describe(*file);
  if (!plugin) {
    out.fail(path + ": " + plugin.error().message,
             "is it a plugin of Tidemill? `tidectl plugin new` makes one to start from");
    return;
  }
  if (!inspection::faults_of(*plugin).empty()) {
    out.exit_code = 1;
  }
  out.answer(json_of(path, *file, *plugin), text_of(*file, *plugin));
}

}  // namespace

void add_inspect(CLI::App& plugin, output& out) {
  auto* command = plugin.add_subcommand(
      "inspect", "Show what a file says about itself, without running any of its code");
  auto path = std::make_shared<std::string>();
  command->add_option("file", *path, "The plugin, a .so")->required();
  command->footer("Example:\n  tidectl plugin inspect build/vip.so");
  command->callback([path, &out] { inspect(*path, out); });
}

}  // namespace tidemill::cli
