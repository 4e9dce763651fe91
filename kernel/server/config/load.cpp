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
    fill_built_in(given_.listener_count.value_or(1));
    add_listeners();
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
  void fill_built_in(std::size_t listener_count) {
    out_.values.listeners.resize(listener_count);
    for (const setting& known : settings()) {
      const bool is_list = known.section == "listener";
      const std::size_t entries = is_list ? listener_count : 1;
      for (std::size_t index = 0; index < entries; ++index) {
        const auto refused =
            store(known, untyped{std::string(known.built_in)}, known.at(out_.values, index));
        TIDEMILL_ASSERT(!refused);
      }
    }
  }

  /// The environment and --set may add listeners, one after the other without a gap.
  void add_listeners() {
    std::vector<const assignment*> indexed;
    for (const assignment& one : given_.values) {
      if (one.path.section == "listener" && one.path.index) {
        indexed.push_back(&one);
      }
    }
    // All point into one vector: those of one listener stay in the order of the sources.
    std::ranges::sort(indexed, {},
                      [](const assignment* one) { return std::pair(*one->path.index, one); });
    for (const assignment* one : indexed) {
      const std::size_t count = out_.values.listeners.size();
      if (*one->path.index == count && find_setting("listener", one->path.key) != nullptr) {
        fill_built_in(count + 1);
      } else if (*one->path.index > count) {
        complain(*one, "there is no such listener; the next one to add is listener." +
                           std::to_string(count));
      }
    }
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
    if (known == nullptr) {
      complain(one, unknown_key_sentence(one.path));
    } else if (one.path.section == "listener" && index >= out_.values.listeners.size()) {
      return;  // add_listeners has complained
    } else if (auto refused = store(*known, one.value, known->at(out_.values, index))) {
      complain(one, std::move(*refused));
    } else {
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
