#include "metadata/controller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "tests/unit/metadata/memory_quorum.hpp"

namespace tidemill::metadata {
namespace {

using testing::HasSubstr;

class recording_listener final : public image_listener {
 public:
  void image_changed(const std::shared_ptr<const image>& now, const image_delta& delta) override {
    EXPECT_EQ(delta.topics.size(), difference(*last, *now).topics.size());
    last = now;
    ++calls;
  }
  std::shared_ptr<const image> last = std::make_shared<const image>();
  int calls = 0;
};

class controller_commands : public testing::Test {
 protected:
  void SetUp() override {
    subject.start(listener, [](result<void> started) { ASSERT_TRUE(started.has_value()); });
    subject.bootstrap(cluster, {{"metadata.version", 1}},
                      [](outcome<void> done) { ASSERT_TRUE(done.has_value()); });
    subject.register_broker({broker_id{1}, cluster, {{"plain", "localhost", 9092}}, std::nullopt},
                            [this](outcome<broker_epoch> done) {
                              ASSERT_TRUE(done.has_value());
                              epoch = *done;
                            });
  }

  static new_topic ask(std::string name, std::optional<int> partitions = {},
                       std::optional<std::int16_t> replicas = {}) {
    new_topic asked;
    asked.name = std::move(name);
    asked.partition_count = partitions;
    asked.replication_factor = replicas;
    return asked;
  }
  std::vector<outcome<created_topic>> create(std::vector<new_topic> topics,
                                             bool validate_only = false) {
    std::vector<outcome<created_topic>> got;
    subject.create_topics(std::move(topics), validate_only,
                          [&](auto outcomes) { got = std::move(outcomes); });
    return got;
  }
  error_code create_error(new_topic asked) {
    const auto got = create({std::move(asked)});
    return got.at(0) ? error_code{} : got[0].error().error;
  }
  std::vector<outcome<deleted_topic>> remove(std::vector<topic_selector> topics) {
    std::vector<outcome<deleted_topic>> got;
    subject.delete_topics(std::move(topics), [&](auto outcomes) { got = std::move(outcomes); });
    return got;
  }

  const uuid cluster = make_random_uuid(5, 6);
  broker_epoch epoch{-1};
  memory_quorum log;
  counting_random random{1};
  recording_listener listener;
  controller subject{{}, log, random};
};

TEST(controller, on_a_disk_that_is_short_of_room_only_what_makes_room_is_changed) {
  memory_quorum log;
  counting_random random{1};
  recording_listener listener;
  std::atomic<bool> is_short{true};
  controller_options options;
  options.is_short_of_room = &is_short;
  controller subject(options, log, random);
  subject.start(listener, [](result<void> started) { ASSERT_TRUE(started.has_value()); });
  const uuid cluster = make_random_uuid(5, 6);
  // A new broker has to come so far that it can say what is wrong.
  subject.bootstrap(cluster, {{"metadata.version", 1}},
                    [](outcome<void> done) { ASSERT_TRUE(done.has_value()); });
  subject.register_broker({broker_id{1}, cluster, {{"plain", "localhost", 9092}}, std::nullopt},
                          [](const outcome<broker_epoch>& done) { ASSERT_TRUE(done.has_value()); });
  const auto create = [&](std::string name) {
    error_code error;
    new_topic asked;
    asked.name = std::move(name);
    subject.create_topics({asked}, false, [&](const auto& outcomes) {
      error = outcomes.at(0) ? error_code{} : outcomes[0].error().error;
    });
    return error;
  };
  EXPECT_EQ(create("a"), errc::storage_full);
  is_short = false;
  EXPECT_EQ(create("a"), error_code{});
  EXPECT_EQ(create("b"), error_code{});
  is_short = true;
  EXPECT_EQ(create("c"), errc::storage_full);
  std::size_t changed = 0;
  const auto change = [&] {
    bool done = false;
    subject.change_topic_settings(
        "a", {{"retention.ms", std::to_string(++changed)}}, unnamed_settings::kept, false,
        [&](const outcome<void>& outcome) { done = outcome.has_value(); });
    return done;
  };
  while (change() && changed < 100'000) {
  }
  EXPECT_GT(changed, 10'000U);
  EXPECT_LT(changed, 100'000U) << "what is left is for deletions";
  bool deleted = false;
  subject.delete_topics({{"b", {}}},
                        [&](const auto& outcomes) { deleted = outcomes.at(0).has_value(); });
  EXPECT_TRUE(deleted);
  EXPECT_FALSE(change());
  is_short = false;
  EXPECT_TRUE(change());
  EXPECT_EQ(create("c"), error_code{});
}

TEST_F(controller_commands, bootstrap_gives_the_cluster_its_id_once) {
  EXPECT_EQ(subject.current()->cluster_id(), cluster);
  bool same = false;
  subject.bootstrap(cluster, {}, [&](outcome<void> done) { same = done.has_value(); });
  EXPECT_TRUE(same);
  error_code other;
  subject.bootstrap(make_random_uuid(9, 9), {},
                    [&](outcome<void> done) { other = done.error().error; });
  EXPECT_EQ(other, errc::cluster_id_mismatch);
}

TEST_F(controller_commands, a_created_topic_is_in_the_image_when_the_command_is_answered) {
  auto asked = ask("t", 3, 1);
  asked.settings = {{"retention.ms", "5"}};
  bool seen = false;
  subject.create_topics({asked}, false, [&](std::vector<outcome<created_topic>> got) {
    ASSERT_TRUE(got[0].has_value());
    const auto* made = subject.current()->find_topic("t");
    ASSERT_NE(made, nullptr);
    EXPECT_EQ(made->id, got[0]->id);
    EXPECT_EQ(made->settings, got[0]->settings);
    EXPECT_EQ(got[0]->partition_count, 3);
    EXPECT_EQ(got[0]->replication_factor, 1);
    EXPECT_EQ(listener.last->find_topic("t"), made);
    seen = true;
  });
  EXPECT_TRUE(seen);
  const auto& state = subject.current()->find_topic("t")->partitions[2];
  EXPECT_EQ(state.leader, broker_id{1});
  EXPECT_EQ(state.replicas, std::vector{broker_id{1}});
  EXPECT_EQ(state.in_sync_replicas, state.replicas);
}

TEST_F(controller_commands, defaults_stand_in_for_numbers_that_are_left_out) {
  const auto got = create({ask("t")});
  ASSERT_TRUE(got[0].has_value());
  EXPECT_EQ(got[0]->partition_count, 1);
  EXPECT_EQ(got[0]->replication_factor, 1);
}

TEST_F(controller_commands, wrong_topics_get_the_error_that_kafka_gives) {
  create({ask("t"), ask("x_y")});
  EXPECT_EQ(create_error(ask("t")), errc::topic_already_exists);
  EXPECT_EQ(create_error(ask("a/b")), errc::topic_name_invalid);
  EXPECT_EQ(create_error(ask("")), errc::topic_name_invalid);
  EXPECT_EQ(create_error(ask("x.y")), errc::topic_name_invalid);
  EXPECT_EQ(create_error(ask("__cluster_metadata")), errc::request_invalid);
  EXPECT_EQ(create_error(ask("p", 0)), errc::partition_count_invalid);
  EXPECT_EQ(create_error(ask("p", -2)), errc::partition_count_invalid);
  EXPECT_EQ(create_error(ask("p", 1, std::int16_t{0})), errc::replication_factor_invalid);
  EXPECT_EQ(create_error(ask("p", 1, std::int16_t{2})), errc::replication_factor_invalid);
  EXPECT_EQ(create_error(ask("p", 10'001)), errc::limit_reached);
  EXPECT_EQ(create_error(ask("p", 2147483647)), errc::limit_reached);
  const auto twice = create({ask("q"), ask("q"), ask("r")});
  EXPECT_EQ(twice[0].error().error, errc::request_invalid);
  EXPECT_EQ(twice[1].error().error, errc::request_invalid);
  EXPECT_TRUE(twice[2].has_value());
  const auto both = create({ask("c.d"), ask("c_d")});
  EXPECT_TRUE(both[0].has_value());
  EXPECT_EQ(both[1].error().error, errc::topic_name_invalid);
}

TEST_F(controller_commands, manual_assignments_are_checked) {
  const auto manual = [](std::vector<new_topic::assignment> assignments) {
    auto asked = ask("m");
    asked.assignments = std::move(assignments);
    return asked;
  };
  const auto at = [](int index, std::vector<broker_id> replicas) {
    return new_topic::assignment{partition_index{index}, std::move(replicas)};
  };
  const broker_id one{1};
  auto with_count = manual({at(0, {one})});
  with_count.partition_count = 2;
  auto with_factor = manual({at(0, {one})});
  with_factor.replication_factor = std::int16_t{1};
  EXPECT_EQ(create_error(with_count), errc::request_invalid);
  EXPECT_EQ(create_error(with_factor), errc::request_invalid);
  EXPECT_EQ(create_error(manual({at(1, {one})})), errc::replica_assignment_invalid);
  EXPECT_EQ(create_error(manual({at(-1, {one})})), errc::replica_assignment_invalid);
  EXPECT_EQ(create_error(manual({at(0, {one}), at(0, {one})})), errc::replica_assignment_invalid);
  EXPECT_EQ(create_error(manual({at(0, {one, one})})), errc::replica_assignment_invalid);
  EXPECT_EQ(create_error(manual({at(0, {})})), errc::replica_assignment_invalid);
  EXPECT_EQ(create_error(manual({at(0, {broker_id{9}})})), errc::replica_assignment_invalid);
  EXPECT_EQ(create_error(manual({at(0, {one}), at(1, {broker_id{-1}})})),
            errc::replica_assignment_invalid);
  EXPECT_FALSE(create_error(manual({at(1, {one}), at(0, {one})})));
  EXPECT_EQ(subject.current()->find_topic("m")->partitions.size(), 2U);
}

TEST_F(controller_commands, wrong_settings_are_refused) {
  const auto with = [](std::vector<std::pair<std::string, std::optional<std::string>>> settings) {
    auto asked = ask("s");
    asked.settings = std::move(settings);
    return asked;
  };
  EXPECT_EQ(create_error(with({{"retention.ms", "abc"}})), errc::setting_invalid);
  EXPECT_EQ(create_error(with({{"retention.ms", std::nullopt}})), errc::setting_invalid);
  EXPECT_EQ(create_error(with({{"nosuch", "1"}})), errc::setting_invalid);
  EXPECT_EQ(create_error(with({{"cleanup.policy", "burn"}})), errc::setting_invalid);
  EXPECT_EQ(create_error(with({{"min.compaction.lag.ms", "9"}, {"max.compaction.lag.ms", "5"}})),
            errc::setting_invalid);
  EXPECT_EQ(create_error(with({{"retention.ms", std::string(5000, ' ') + "1"}})),
            errc::setting_invalid);
  EXPECT_EQ(subject.current()->find_topic("s"), nullptr);
  EXPECT_FALSE(create_error(with({{"retention.ms", "1"}, {"retention.ms", "2"}})));
  EXPECT_EQ(subject.current()->find_topic("s")->settings, (setting_list{{"retention.ms", "2"}}));
}

TEST_F(controller_commands, validate_only_changes_nothing) {
  const auto got = create({ask("v", 4)}, true);
  ASSERT_TRUE(got[0].has_value());
  EXPECT_EQ(got[0]->partition_count, 4);
  EXPECT_EQ(subject.current()->topic_count(), 0U);
  EXPECT_EQ(log.waiting_count(), 0U);
}

TEST_F(controller_commands, a_command_sees_those_before_it_that_are_still_in_work) {
  log.commit_at_once = false;
  bool made = false;
  subject.create_topics({ask("t")}, false, [&](auto got) { made = got[0].has_value(); });
  EXPECT_EQ(create({ask("t")})[0].error().error, errc::topic_already_exists);
  EXPECT_EQ(subject.current()->find_topic("t"), nullptr);
  bool removed = false;
  subject.delete_topics({{"t", {}}}, [&](auto got) { removed = got[0].has_value(); });
  bool again = false;
  subject.create_topics({ask("t", 2)}, false, [&](auto got) { again = got[0].has_value(); });
  EXPECT_FALSE(made || removed || again);
  const auto calls = listener.calls;
  ASSERT_TRUE(log.commit().has_value());
  EXPECT_TRUE(made && removed && again);
  EXPECT_EQ(listener.calls, calls + 1);
  EXPECT_EQ(subject.current()->find_topic("t")->partitions.size(), 2U);
}

TEST_F(controller_commands, a_failed_proposal_takes_what_builds_on_it_along) {
  log.commit_at_once = false;
  std::vector<error_code> errors;
  const auto note = [&](auto got) {
    errors.push_back(got[0] ? error_code{} : got[0].error().error);
  };
  subject.create_topics({ask("t")}, false, note);
  subject.delete_topics({{"t", {}}}, note);
  log.fail_all(errc::storage_full);
  EXPECT_EQ(errors, (std::vector<error_code>{errc::storage_full, errc::storage_full}));
  log.commit_at_once = true;
  EXPECT_TRUE(create({ask("t")})[0].has_value());
}

TEST_F(controller_commands, a_proposal_that_is_too_large_leaves_those_before_it_alone) {
  log.commit_at_once = false;
  log.records_max = 5;
  bool made = false;
  subject.create_topics({ask("t")}, false, [&](auto got) { made = got[0].has_value(); });
  EXPECT_EQ(create({ask("large", 10)})[0].error().error, errc::proposal_too_large);
  EXPECT_EQ(create({ask("t")})[0].error().error, errc::topic_already_exists);
  ASSERT_TRUE(log.commit().has_value());
  EXPECT_TRUE(made);
  EXPECT_EQ(subject.current()->find_topic("large"), nullptr);
}

TEST_F(controller_commands, delete_takes_names_and_ids) {
  const auto made = create({ask("a"), ask("b")});
  const auto got = remove({{"a", {}},
                           {std::nullopt, made[1]->id},
                           {"nosuch", {}},
                           {std::nullopt, make_random_uuid(7, 7)},
                           {std::nullopt, {}}});
  ASSERT_TRUE(got[0] && got[1]);
  EXPECT_EQ(got[1]->name, "b");
  EXPECT_EQ(got[2].error().error, errc::unknown_topic);
  EXPECT_EQ(got[3].error().error, errc::unknown_topic_id);
  EXPECT_EQ(got[4].error().error, errc::request_invalid);
  EXPECT_EQ(subject.current()->topic_count(), 0U);
  create({ask("a")});
  const auto twice = remove({{"a", {}}, {"a", {}}});
  EXPECT_EQ(twice[0].error().error, errc::request_invalid);
  EXPECT_EQ(subject.current()->topic_count(), 1U);
}

TEST_F(controller_commands, a_recreated_topic_has_another_id) {
  const auto first = create({ask("t")});
  remove({{"t", {}}});
  const auto second = create({ask("t")});
  EXPECT_NE(first[0]->id, second[0]->id);
  EXPECT_EQ(subject.current()->find_topic(first[0]->id), nullptr);
}

TEST_F(controller_commands, settings_change_one_by_one) {
  create({ask("t")});
  const auto change = [&](std::vector<setting_change> changes, bool validate_only = false) {
    error_code error;
    subject.change_topic_settings(
        "t", std::move(changes), unnamed_settings::kept, validate_only,
        [&](outcome<void> done) { error = done ? error_code{} : done.error().error; });
    return error;
  };
  EXPECT_FALSE(change({{"retention.ms", "5"}, {"segment.ms", "6"}}));
  EXPECT_FALSE(change({{"retention.ms", std::nullopt}}));
  EXPECT_EQ(subject.current()->find_topic("t")->settings, (setting_list{{"segment.ms", "6"}}));
  EXPECT_EQ(change({{"segment.ms", "0"}}), errc::setting_invalid);
  EXPECT_EQ(change({{"nosuch", std::nullopt}}), errc::setting_invalid);
  EXPECT_FALSE(change({{"segment.ms", "7"}}, true));
  EXPECT_EQ(subject.current()->find_topic("t")->settings, (setting_list{{"segment.ms", "6"}}));
}

TEST_F(controller_commands, lists_are_appended_to_and_subtracted_from_what_is_in_force) {
  using how = setting_change::operation;
  create({ask("t")});
  std::string message;
  const auto change = [&](setting_change one) {
    message.clear();
    subject.change_topic_settings(
        "t", {std::move(one)}, unnamed_settings::kept, false,
        [&](outcome<void> done) { message = done ? std::string() : done.error().message; });
    const auto* value =
        find_setting(subject.current()->find_topic("t")->settings, "cleanup.policy");
    return value == nullptr ? std::string("none") : std::string(*value);
  };
  EXPECT_EQ(change({"cleanup.policy", "delete", how::append}), "delete") << "no element twice";
  EXPECT_EQ(change({"cleanup.policy", " delete ,", how::subtract}), "");
  EXPECT_EQ(change({"cleanup.policy", "nosuch", how::append}), "");
  EXPECT_THAT(message, ::testing::HasSubstr("nosuch"));
  change({"retention.ms", "5", how::append});
  EXPECT_THAT(message, ::testing::HasSubstr("only lists"));
  change({"retention.mss", "5", how::append});
  EXPECT_THAT(message, ::testing::HasSubstr("did you mean retention.ms"));
}

TEST_F(controller_commands, settings_that_are_not_named_can_be_removed) {
  create({ask("t")});
  const auto replace = [&](std::vector<setting_change> changes) {
    subject.change_topic_settings("t", std::move(changes), unnamed_settings::removed, false,
                                  [](outcome<void> done) { EXPECT_TRUE(done.has_value()); });
    return subject.current()->find_topic("t")->settings;
  };
  EXPECT_EQ(replace({{"segment.ms", "6"}, {"retention.ms", "5"}}),
            (setting_list{{"retention.ms", "5"}, {"segment.ms", "6"}}));
  EXPECT_EQ(replace({{"segment.ms", "7"}}), (setting_list{{"segment.ms", "7"}}));
  EXPECT_EQ(replace({}), setting_list{});
}

TEST_F(controller_commands, producer_ids_are_never_given_twice) {
  log.commit_at_once = false;
  std::vector<producer_id> firsts;
  for (int i = 0; i < 3; ++i) {
    subject.allocate_producer_ids(broker_id{1}, epoch, [&](outcome<producer_id_block> got) {
      ASSERT_TRUE(got.has_value());
      EXPECT_EQ(got->count, 1000);
      firsts.push_back(got->first);
    });
  }
  ASSERT_TRUE(log.commit().has_value());
  EXPECT_EQ(firsts, (std::vector{producer_id{0}, producer_id{1000}, producer_id{2000}}));
  error_code stale;
  subject.allocate_producer_ids(broker_id{1}, broker_epoch{epoch.value() + 1},
                                [&](auto got) { stale = got.error().error; });
  EXPECT_EQ(stale, errc::stale_broker_epoch);
  subject.allocate_producer_ids(broker_id{2}, epoch, [&](auto got) { stale = got.error().error; });
  EXPECT_EQ(stale, errc::unknown_broker);
}

TEST_F(controller_commands, wrong_registrations_are_refused) {
  const auto error_of = [&](broker_registration registration) {
    error_code error;
    subject.register_broker(std::move(registration), [&](outcome<broker_epoch> done) {
      error = done ? error_code{} : done.error().error;
    });
    return error;
  };
  const endpoint plain{"plain", "localhost", 9092};
  EXPECT_EQ(error_of({broker_id{-1}, cluster, {plain}, {}}), errc::broker_registration_invalid);
  EXPECT_EQ(error_of({broker_id{1}, {}, {plain}, {}}), errc::broker_registration_invalid);
  EXPECT_EQ(error_of({broker_id{1}, cluster, {}, {}}), errc::broker_registration_invalid);
  EXPECT_EQ(error_of({broker_id{1}, cluster, {plain, plain}, {}}),
            errc::broker_registration_invalid);
  EXPECT_FALSE(error_of({broker_id{2}, cluster, {plain}, "rack"}));
}

TEST_F(controller_commands, limits_of_the_cluster_hold) {
  memory_quorum other_log;
  recording_listener other_listener;
  controller_options options;
  options.limits.topics = 2;
  options.limits.partitions = 5;
  controller limited(options, other_log, random);
  limited.start(other_listener, [](result<void>) {});
  limited.register_broker({broker_id{1}, cluster, {{"plain", "localhost", 1}}, {}},
                          [](outcome<broker_epoch>) {});
  std::vector<error_code> errors;
  limited.create_topics({ask("a", 3), ask("b", 3), ask("c", 1), ask("d", 1)}, false, [&](auto got) {
    for (const auto& each : got) {
      errors.push_back(each ? error_code{} : each.error().error);
    }
  });
  EXPECT_EQ(errors, (std::vector<error_code>{{}, errc::limit_reached, {}, errc::limit_reached}));
}

TEST_F(controller_commands, without_leadership_everything_is_refused) {
  log.commit_at_once = false;
  error_code in_work;
  subject.create_topics({ask("t")}, false, [&](auto got) { in_work = got[0].error().error; });
  std::optional<term> told = term{9};
  subject.on_leadership([&](std::optional<term> leading) { told = leading; });
  log.lose_leadership();
  EXPECT_EQ(told, std::nullopt);
  EXPECT_EQ(in_work, errc::outcome_unknown);
  EXPECT_EQ(create({ask("u")})[0].error().error, errc::not_leader);
  EXPECT_EQ(remove({{"u", {}}})[0].error().error, errc::not_leader);
}

TEST_F(controller_commands, a_snapshot_replaces_the_whole_state) {
  create({ask("a", 2), ask("b", 1)});
  std::vector<byte_buffer> records;
  record_sink sink([&](bytes_view each) { records.emplace_back(each.begin(), each.end()); });
  log.listener().take_snapshot()(sink);
  const std::vector<bytes_view> views(records.begin(), records.end());

  memory_quorum other_log;
  recording_listener other_listener;
  controller other({}, other_log, random);
  other.start(other_listener, [](result<void>) {});
  ASSERT_TRUE(other_log.listener().install_snapshot({log_index{50}, term{2}}, views).has_value());
  EXPECT_TRUE(other.current()->same_state(*subject.current()));
  EXPECT_EQ(other.current()->index(), log_index{50});
  EXPECT_EQ(other.current()->find_broker(broker_id{1})->epoch, epoch);
}

TEST_F(controller_commands, entries_that_do_not_fit_stop_the_quorum) {
  const auto bytes = encode_record(remove_topic_record{make_random_uuid(1, 1)});
  const std::vector<bytes_view> records{bytes};
  const std::vector<committed_entry> entries{{{log_index{99}, term{1}}, records}};
  const auto before = subject.current();
  EXPECT_EQ(log.listener().apply(entries).error(), errc::record_invalid);
  EXPECT_EQ(subject.current(), before);
}

}  // namespace
}  // namespace tidemill::metadata
