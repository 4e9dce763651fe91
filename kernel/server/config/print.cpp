#include <algorithm>

#include "base/escape.hpp"
#include "server/config/load.hpp"

namespace tidemill::server::config {
namespace {

constexpr std::size_t comment_column = 48;

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size() + 1), ' ');
  return text;
}

std::string comment(const loaded& all, const key_path& path) {
  const auto written = all.origins.find(path);
  return "# " + (written == all.origins.end() ? "default" : to_string(written->second)) + "\n";
}

void print_keys(loaded& all, const section& which, std::optional<std::size_t> index,
                std::string& text) {
  for (const setting& known : settings()) {
    if (known.section == which.name) {
      const std::string key(known.key);
      const std::string value = to_toml(known, known.at(all.values, index.value_or(0)));
      text += padded(key + " = " + value, comment_column) +
              comment(all, {std::string(which.name), index, key});
    }
  }
}

/// A value of a plugin's key, as TOML.
struct toml_value {
  std::string operator()(const untyped& value) const { return text(value.text); }
  std::string operator()(const std::string& value) const { return text(value); }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return fraction_text(value); }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(const text_list& value) const {
    std::string list = "[";
    for (const std::string& one : value) {
      list += (list.size() == 1 ? "" : ", ") + text(one);
    }
    return list + "]";
  }
  std::string operator()(const number_list& value) const {
    std::string list = "[";
    for (const std::int64_t one : value) {
      list += (list.size() == 1 ? "" : ", ") + std::to_string(one);
    }
    return list + "]";
  }
  std::string operator()(const other&) const { return "\"\""; }  // load() keeps none

  static std::string text(const std::string& value) { return "\"" + escape(value, 4096) + "\""; }
};

void print_plugin_config(const loaded& all, std::size_t index, std::string& text) {
  for (const auto& [name, value] : all.values.extension_list[index].config) {
    const std::string key(plugin_config_prefix);
    text += padded(key + "\"" + escape(name) + "\" = " + std::visit(toml_value{}, value),
                   comment_column) +
            comment(all, {"extension", index, key + name});
  }
}

void print_topic_defaults(const loaded& all, std::string& text) {
  for (const auto& [name, value] : all.values.topic_defaults) {
    text += padded("\"" + escape(name) + "\" = \"" + escape(value, 4096) + "\"", comment_column) +
            comment(all, {"topic_defaults", std::nullopt, name});
  }
}

std::string described(std::string_view key, std::string_view doc, std::string_view built_in,
                      const std::string& expected) {
  return "  " + padded(std::string(key), 28) + std::string(doc) + "\n" + std::string(31, ' ') +
         "Default: " + (built_in.empty() ? "\"\"" : std::string(built_in)) + ". Takes " + expected +
         ".";
}

}  // namespace

std::string print(loaded& all) {
  std::string text;
  for (const section& which : sections()) {
    if (!which.available) {
      continue;
    }
    const std::string name(which.name);
    if (which.shape == section_shape::list) {
      for (std::size_t index = 0; index < entry_count(all.values, name); ++index) {
        text += (text.empty() ? "[[" : "\n[[") + name + "]]\n";
        print_keys(all, which, index, text);
        if (name == "extension") {
          print_plugin_config(all, index, text);
        }
      }
      continue;
    }
    text += (text.empty() ? "[" : "\n[") + name + "]\n";
    if (which.shape == section_shape::topic_settings) {
      print_topic_defaults(all, text);
    } else {
      print_keys(all, which, std::nullopt, text);
    }
  }
  return text;
}

std::string describe_settings(const topic_setting_rules& topic_rules) {
  std::string text;
  for (const section& which : sections()) {
    const std::string name(which.name);
    text += "\n" + (which.shape == section_shape::list ? "[[" + name + "]]" : "[" + name + "]");
    text += "  " + std::string(which.doc);
    text += which.available ? "\n" : " Not available in this version.\n";
    if (which.shape == section_shape::topic_settings) {
      for (const topic_setting_help& known : topic_rules.all()) {
        text += described(known.name, known.doc, known.built_in, known.expectation) + "\n";
      }
    }
    for (const setting& known : settings()) {
      if (known.section == which.name) {
        text += described(known.key, known.doc, known.built_in, expectation(known)) +
                (known.reloadable ? " Reloaded by SIGHUP.\n" : "\n");
      }
    }
  }
  return text;
}

}  // namespace tidemill::server::config
