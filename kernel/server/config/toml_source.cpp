// The one file that sees toml++: header-only here, and without exceptions, so that a bad file is a
// value like any other error.
#define TOML_EXCEPTIONS 0
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wswitch-enum"
#include <toml++/toml.h>
#pragma GCC diagnostic pop

#include <algorithm>

#include "server/config/assignment.hpp"
#include "server/config/setting.hpp"
#include "server/logging/escape.hpp"

namespace tidemill::server::config {
namespace {

/// Levels of [topic_defaults.a.b.c]; Kafka's longest name has five words.
constexpr std::size_t topic_setting_words_max = 8;

std::string type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return node.is_array_of_tables() ? "an array of tables" : "an array";
    case toml::node_type::date:
      return "a date";
    case toml::node_type::time:
      return "a time of day";
    case toml::node_type::date_time:
      return "a date and time";
    case toml::node_type::string:
    case toml::node_type::integer:
    case toml::node_type::floating_point:
    case toml::node_type::boolean:
      return "a plain value";
    case toml::node_type::none:
      break;
  }
  return "nothing";
}

written_value value_of(const toml::node& node) {
  if (const auto* text = node.as_string()) {
    return text->get();
  }
  if (const auto* number = node.as_integer()) {
    return number->get();
  }
  if (const auto* fraction = node.as_floating_point()) {
    return fraction->get();
  }
  if (const auto* flag = node.as_boolean()) {
    return flag->get();
  }
  return other{type_name(node)};
}

/// ["compact", "delete"] as Kafka writes it: "compact,delete". nullopt when not all are text.
std::optional<std::string> joined(const toml::array& words) {
  std::string list;
  for (const toml::node& word : words) {
    if (!word.is_string()) {
      return std::nullopt;
    }
    list += (list.empty() ? "" : ",") + word.as_string()->get();
  }
  return list;
}

/// The parser's own words; it has made most of what it quotes visible already.
std::string shown(std::string_view description) {
  const bool is_plain =
      std::ranges::all_of(description, [](char letter) { return letter >= ' ' && letter <= '~'; });
  return is_plain ? std::string(description.substr(0, 512)) : escape(description, 512);
}

class toml_reader {
 public:
  toml_reader(const std::string& name, assignments& into) : name_(name), into_(into) {}

  void read(const toml::table& document) {
    for (const auto& [key, node] : document) {
      read_section(std::string(key.str()), key.source().begin.line, node);
    }
  }

 private:
  void read_section(const std::string& section_name, std::size_t line, const toml::node& node) {
    const section* known = find_section(section_name);
    if (known == nullptr) {
      complain(line, section_name, unknown_section_sentence(section_name));
    } else if (known->shape == section_shape::list) {
      read_list(*known, line, node);
    } else if (!node.is_table()) {
      complain(line, section_name,
               "found " + type_name(node) + ", expected a section [" + section_name + "]");
    } else if (known->shape == section_shape::topic_settings) {
      read_topic_settings(*node.as_table());
    } else {
      read_keys(section_name, std::nullopt, *node.as_table());
    }
  }

  void read_list(const section& known, std::size_t line, const toml::node& node) {
    const std::string section_name(known.name);
    const toml::array* entries = node.as_array();
    if (entries == nullptr || (!entries->empty() && !entries->is_homogeneous<toml::table>())) {
      complain(line, section_name,
               "found " + type_name(node) + ", expected entries that start with [[" + section_name +
                   "]]");
      return;
    }
    if (entries->size() > list_entries_max) {
      complain(line, section_name,
               "found " + std::to_string(entries->size()) + " entries, expected at most " +
                   std::to_string(list_entries_max));
      return;
    }
    if (known.available && !entries->empty()) {
      into_.listener_count = entries->size();
    }
    for (std::size_t index = 0; index < entries->size(); ++index) {
      read_keys(section_name, index, *entries->get(index)->as_table());
    }
  }

  void read_keys(const std::string& section_name, std::optional<std::size_t> index,
                 const toml::table& keys) {
    for (const auto& [key, node] : keys) {
      into_.values.push_back({{section_name, index, std::string(key.str())},
                              value_of(node),
                              at(key.source().begin.line)});
    }
  }

  /// Takes "segment.bytes" = 1 and segment.bytes = 1 alike: TOML makes tables of the second.
  void read_topic_settings(const toml::table& top) {
    struct level {
      std::string prefix;
      const toml::table* keys;
      std::size_t depth;
    };
    std::vector<level> open{{"", &top, 1}};
    while (!open.empty()) {
      const level current = open.back();
      open.pop_back();
      for (const auto& [key, node] : *current.keys) {
        const std::string name = current.prefix + std::string(key.str());
        if (node.is_table() && current.depth < topic_setting_words_max) {
          open.push_back({name + ".", node.as_table(), current.depth + 1});
          continue;
        }
        written_value value = value_of(node);
        if (const auto* words = node.as_array(); words != nullptr && joined(*words)) {
          value = *joined(*words);
        }
        into_.values.push_back({{"topic_defaults", std::nullopt, name},
                                std::move(value),
                                at(key.source().begin.line)});
      }
    }
  }

  [[nodiscard]] origin at(std::size_t line) const { return {source::file, name_, line}; }

  void complain(std::size_t line, const std::string& key, std::string sentence) {
    into_.problems.push_back({at(line), key, std::move(sentence)});
  }

  const std::string& name_;
  assignments& into_;
};

}  // namespace

void read_toml(std::string_view text, const std::string& name, assignments& into) {
  const toml::parse_result parsed = toml::parse(text, name);
  if (!parsed) {
    const std::size_t line = parsed.error().source().begin.line;
    into.problems.push_back({{source::file, name, line},
                             "",
                             "this is not TOML: " + shown(parsed.error().description())});
    return;
  }
  toml_reader(name, into).read(parsed.table());
}

}  // namespace tidemill::server::config
