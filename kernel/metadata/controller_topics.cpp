#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/assert.hpp"
#include "metadata/controller.hpp"
#include "metadata/refuse.hpp"
#include "metadata/topic_creation.hpp"
#include "metadata/topic_growth.hpp"

// What the controller does with topics.

namespace tidemill::metadata {

namespace {

/// Answers with the outcomes once their records are committed; with refusals when they are not.
template <class T>
auto answer_all(std::vector<outcome<T>> outcomes,
                unique_function<void(std::vector<outcome<T>>)> done) {
  return [outcomes = std::move(outcomes),
          done = std::move(done)](result<committed_position> position) mutable {
    for (auto& each : outcomes) {
      if (each && !position) {
        each = refuse(position.error());
      }
    }
    done(std::move(outcomes));
  };
}

template <class T>
std::vector<outcome<T>> all_refused(std::size_t count, const refusal& why) {
  return std::vector<outcome<T>>(count, outcome<T>(why));
}

}  // namespace

template <class Values>
void controller::after_look(const Values& values, unique_function<void()> then) {
  const bool is_wanted =
      options_.extensions != nullptr &&
      std::ranges::any_of(values, [this](const std::optional<std::string>& value) {
        return value && options_.extensions->is_worth_a_look(*value);
      });
  if (is_wanted) {
    options_.extensions->look(std::move(then));
  } else {
    then();
  }
}

void controller::create_topics(std::vector<new_topic> topics, bool validate_only,
                               create_topics_completion done) {
  std::vector<std::optional<std::string>> values;
  for (const new_topic& each : topics) {
    for (const auto& [name, value] : each.settings) {
      values.push_back(value);
    }
  }
  after_look(values,
             [this, topics = std::move(topics), validate_only, done = std::move(done)]() mutable {
               create_topics_now(std::move(topics), validate_only, std::move(done));
             });
}

void controller::create_topics_now(std::vector<new_topic> topics, bool validate_only,
                                   create_topics_completion done) {
  if (!is_leading()) {
    done(all_refused<created_topic>(topics.size(), refuse(errc::not_leader)));
    return;
  }
  std::map<std::string_view, int> uses;
  for (const auto& each : topics) {
    ++uses[each.name];
  }
  image_builder expected(expected_);
  topic_creation creation(options_, expected, random_);
  std::vector<outcome<created_topic>> outcomes;
  outcomes.reserve(topics.size());
  for (const auto& each : topics) {
    if (uses[each.name] > 1) {
      outcomes.emplace_back(refuse(errc::request_invalid, "Duplicate topic name."));
    } else {
      outcomes.push_back(creation.add(each));
    }
  }
  auto records = creation.take_records();
  if (validate_only || records.empty()) {
    done(std::move(outcomes));
    return;
  }
  propose(std::move(records), std::move(expected),
          answer_all(std::move(outcomes), std::move(done)));
}

void controller::grow_topics(std::vector<topic_growth> topics, bool validate_only,
                             unique_function<void(std::vector<outcome<void>>)> done) {
  if (!is_leading()) {
    done(all_refused<void>(topics.size(), refuse(errc::not_leader)));
    return;
  }
  std::map<std::string_view, int> uses;
  for (const auto& each : topics) {
    ++uses[each.name];
  }
  image_builder expected(expected_);
  topic_growing growing(options_, expected, random_);
  std::vector<outcome<void>> outcomes;
  outcomes.reserve(topics.size());
  for (const auto& each : topics) {
    outcomes.push_back(uses[each.name] > 1
                           ? outcome<void>(refuse(errc::request_invalid, "Duplicate topic name."))
                           : growing.add(each));
  }
  auto records = growing.take_records();
  if (validate_only || records.empty()) {
    done(std::move(outcomes));
    return;
  }
  propose(std::move(records), std::move(expected),
          answer_all(std::move(outcomes), std::move(done)));
}

namespace {

outcome<deleted_topic> selected(const topic_selector& selector, const image& from) {
  if (selector.name) {
    const auto* found = from.find_topic(*selector.name);
    if (found == nullptr) {
      return refuse(errc::unknown_topic);
    }
    return deleted_topic{found->name, found->id};
  }
  if (selector.id.is_zero()) {
    return refuse(errc::request_invalid, "Neither topic name nor id were specified.");
  }
  const auto* found = from.find_topic(selector.id);
  if (found == nullptr) {
    return refuse(errc::unknown_topic_id);
  }
  return deleted_topic{found->name, found->id};
}

}  // namespace

void controller::delete_topics(std::vector<topic_selector> topics, delete_topics_completion done) {
  if (!is_leading()) {
    done(all_refused<deleted_topic>(topics.size(), refuse(errc::not_leader)));
    return;
  }
  std::vector<outcome<deleted_topic>> outcomes;
  std::map<topic_id, int> uses;
  for (const auto& each : topics) {
    const auto& found = outcomes.emplace_back(selected(each, *expected_));
    if (found) {
      ++uses[found->id];
    }
  }
  std::vector<metadata_record> records;
  for (auto& each : outcomes) {
    if (each && uses[each->id] > 1) {
      each = refuse(errc::request_invalid, "The same topic is named twice.");
    } else if (each) {
      records.emplace_back(remove_topic_record{each->id});
    }
  }
  if (records.empty()) {
    done(std::move(outcomes));
    return;
  }
  propose_and_answer(std::move(records), [outcomes = std::move(outcomes),
                                          done = std::move(done)](outcome<void> committed) mutable {
    for (auto& each : outcomes) {
      if (each && !committed) {
        each = committed.error();
      }
    }
    done(std::move(outcomes));
  });
}

namespace {

/// Records that turn the one list, ordered by name, into the other.
std::vector<metadata_record> difference(const topic_id& topic, const setting_list& before,
                                        const setting_list& after) {
  std::vector<metadata_record> records;
  for (const setting& each : before) {
    if (!std::ranges::binary_search(after, each.name, {}, &setting::name)) {
      records.emplace_back(topic_setting_record{topic, each.name, std::nullopt});
    }
  }
  for (const setting& each : after) {
    const auto known = std::ranges::lower_bound(before, each.name, {}, &setting::name);
    if (known == before.end() || *known != each) {
      records.emplace_back(topic_setting_record{topic, each.name, each.value});
    }
  }
  return records;
}

}  // namespace

void controller::change_topic_settings(std::string topic_name, std::vector<setting_change> changes,
                                       unnamed_settings others, bool validate_only,
                                       unique_function<void(outcome<void>)> done) {
  std::vector<std::optional<std::string>> values;
  for (const setting_change& each : changes) {
    values.push_back(each.value);
  }
  after_look(values, [this, topic_name = std::move(topic_name), changes = std::move(changes),
                      others, validate_only, done = std::move(done)]() mutable {
    change_topic_settings_now(topic_name, changes, others, validate_only, std::move(done));
  });
}

void controller::change_topic_settings_now(const std::string& topic_name,
                                           const std::vector<setting_change>& changes,
                                           unnamed_settings others, bool validate_only,
                                           unique_function<void(outcome<void>)> done) {
  const auto* changed = expected_->find_topic(topic_name);
  if (!is_leading() || changed == nullptr) {
    done(refuse(is_leading() ? errc::unknown_topic : errc::not_leader));
    return;
  }
  const auto settings =
      changed_settings(others == unnamed_settings::kept ? changed->settings : setting_list{},
                       changed->settings, changes, options_);
  if (!settings) {
    return done(settings.error());
  }
  auto records = difference(changed->id, changed->settings, *settings);
  if (validate_only || records.empty()) {
    return done({});
  }
  propose_and_answer(std::move(records), std::move(done));
}

}  // namespace tidemill::metadata
