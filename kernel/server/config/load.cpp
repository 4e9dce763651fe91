#include "server/config/load.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "server/config/assignment.hpp"
#include "server/config/check.hpp"

namespace tidemill::server::config {
namespace {

class loader {
 public:
  loader(assignments given, const topic_setting_rules& topic_rules)
      : given_(std::move(given)), topic_rules_(topic_rules) {
    out_.problems = std::move(given_.problems);
  }

  loaded run() {
    resize("listener", given_.listener_count.value_or(1));
    resize("extension", given_.extension_count);
    fill_built_in(0, 0);
    add_entries("listener");
    add_entries("extension");
    for (const assignment& one : given_.values) {
      apply(one);
    }
    if (out_.problems.empty()) {
      check(out_);
      check_topic_defaults();
    }
    return std::move(out_);
  }

 private:
  void resize(std::string_view section_name, std::size_t count) {
    if (section_name == "listener") {
      out_.values.listeners.resize(count);
    } else {
      out_.values.extension_list.resize(count);
    }
  }

  /// Of list sections, only the entries from there on.
  void fill_built_in(std::size_t first_listener, std::size_t first_extension) {
    for (const setting& known : settings()) {
      const bool is_list = find_section(known.section)->shape == section_shape::list;
      const std::size_t first = !is_list                      ? 0
                                : known.section == "listener" ? first_listener
                                                              : first_extension;
      for (std::size_t index = first; index < entry_count(out_.values, known.section); ++index) {
        const auto refused =
            store(known, untyped{std::string(known.built_in)}, known.at(out_.values, index));
        TIDEMILL_ASSERT(!refused);
      }
    }
  }

  /// The environment and --set may add entries, one after the other without a gap.
  void add_entries(std::string_view section_name) {
    std::vector<const assignment*> indexed;
    for (const assignment& one : given_.values) {
      if (one.path.section == section_name && one.path.index) {
        indexed.push_back(&one);
      }
    }
    // All point into one vector: those of one entry stay in the order of the sources.
    std::ranges::sort(indexed, {},
                      [](const assignment* one) { return std::pair(*one->path.index, one); });
    for (const assignment* one : indexed) {
      const std::size_t count = entry_count(out_.values, section_name);
      if (*one->path.index == count && is_key_of(section_name, one->path.key)) {
        resize(section_name, count + 1);
        fill_built_in(section_name == "listener" ? count : out_.values.listeners.size(),
                      section_name == "extension" ? count : out_.values.extension_list.size());
      } else if (*one->path.index > count) {
        complain(*one, "there is no such " + std::string(section_name) +
                           "; the next one to add is " + std::string(section_name) + "." +
                           std::to_string(count));
      }
    }
  }

  [[nodiscard]] static bool is_key_of(std::string_view section_name, std::string_view key) {
    return find_setting(section_name, key) != nullptr || is_plugin_config(section_name, key);
  }
  [[nodiscard]] static bool is_plugin_config(std::string_view section_name, std::string_view key) {
    return section_name == "extension" && key.starts_with(plugin_config_prefix);
  }

  void apply(const assignment& one) {
    const section* known = find_section(one.path.section);
    TIDEMILL_ASSERT(known != nullptr);
    if (!known->available) {
      complain(one, "not available in this version of tidemill; leave the section " +
                        one.path.section + " out");
    } else if (known->shape == section_shape::topic_settings) {
      apply_topic_setting(one);
    } else {
      apply_setting(one);
    }
  }

  void apply_setting(const assignment& one) {
    const setting* known = find_setting(one.path.section, one.path.key);
    const std::size_t index = one.path.index.value_or(0);
    if (one.path.index && index >= entry_count(out_.values, one.path.section)) {
      return;  // add_entries has complained
    }
    if (is_plugin_config(one.path.section, one.path.key)) {
      apply_plugin_config(one, index);
    } else if (known == nullptr) {
      complain(one, unknown_key_sentence(one.path));
    } else if (auto refused = store(*known, one.value, known->at(out_.values, index))) {
      complain(one, std::move(*refused));
    } else {
      note(one, one.path);
    }
  }

  void apply_plugin_config(const assignment& one, std::size_t index) {
    const std::string name = one.path.key.substr(plugin_config_prefix.size());
    if (const auto* wrong = std::get_if<other>(&one.value)) {
      complain(one, "found " + wrong->description +
                        ", expected a text, a number, true or false, or a list of texts or of "
                        "whole numbers");
    } else if (name.empty()) {
      complain(one, "expected the name of a key of the plugin behind \"config.\"");
    } else {
      out_.values.extension_list[index].config[name] = one.value;
      note(one, one.path);
    }
  }

  /// Keeps where a value came from. Of two in one file, or among the variables, nobody can tell
  /// which counts.
  void note(const assignment& one, const key_path& path) {
    const auto [known, is_new] = out_.origins.try_emplace(path, one.where);
    if (!is_new && known->second.from == one.where.from && one.where.from != source::command_line) {
      complain(one, "found a second value for " + to_string(path) + ", which stands in " +
                        to_string(known->second) + " already; expected one");
      return;
    }
    known->second = one.where;
  }

  void apply_topic_setting(const assignment& one) {
    auto text = topic_setting_text(one.value);
    if (!text) {
      complain(one, "found " + describe(one.value) + ", expected a plain value or a list of texts");
      return;
    }
    if (auto wrong = topic_rules_.problem_with(one.path.key, *text)) {
      complain(one, std::move(*wrong));
      return;
    }
    const auto name = topic_rules_.canonical_name(one.path.key);
    TIDEMILL_ASSERT(name.has_value());
    out_.values.topic_defaults[*name] = std::move(*text);
    note(one, {one.path.section, std::nullopt, *name});
  }

  void check_topic_defaults() {
    if (auto wrong = topic_rules_.contradiction_in(out_.values.topic_defaults)) {
      out_.problems.push_back({origin{}, "topic_defaults", std::move(*wrong)});
    }
  }

  void complain(const assignment& one, std::string sentence) {
    out_.problems.push_back({one.where, to_string(one.path), std::move(sentence)});
  }

  assignments given_;
  const topic_setting_rules& topic_rules_;
  loaded out_;
};

}  // namespace

loaded load(const sources& from, const topic_setting_rules& topic_rules) {
  assignments given;
  if (from.from_file) {
    read_toml(from.from_file->text, from.from_file->name, given);
  }
  read_environment(from.environment, given);
  read_overrides(from.overrides, given);
  return loader(std::move(given), topic_rules).run();
}

}  // namespace tidemill::server::config
