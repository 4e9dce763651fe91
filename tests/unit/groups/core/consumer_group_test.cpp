#include "groups/core/consumer_group.hpp"

#include <random>
#include <set>

namespace tidemill::groups {
namespace {

using std::chrono::milliseconds;

class topics final : public topic_catalog {
 public:
  [[nodiscard]] std::uint64_t version() const noexcept override { return number; }
  [[nodiscard]] std::optional<catalog_topic> find(std::string_view name) const override {
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional(found->second);
  }
  [[nodiscard]] std::optional<std::vector<std::string>> match(
      std::string_view expression) const override {
    if (expression == "[") {
      return std::nullopt;
    }
    std::vector<std::string> names;
    for (const auto& [name, topic] : all) {
      names.push_back(name);
    }
    return names;
  }
  std::uint64_t number = 1;
  std::map<std::string, catalog_topic, std::less<>> all{{"t", {uuid{{1}}, 4}}};
};

class consumer : public testing::Test {
 protected:
  consumer_heartbeat_reply beat(std::string member, std::int32_t epoch,
                                std::optional<partition_set> owned = std::nullopt,
                                std::optional<std::string> instance = std::nullopt) {
    consumer_heartbeat request;
    request.group = "g";
    request.member = std::move(member);
    request.epoch = epoch;
    request.instance = std::move(instance);
    request.owned = std::move(owned);
    if (epoch == 0) {
      request.rebalance_timeout_ms = 5000;
      request.topics = {"t"};
      request.owned = partition_set{};
    }
    auto made = group.heartbeat(request, &catalog, now);
    written += made.records.size();
    return made.reply;
  }

  group_options options;
  topics catalog;
  consumer_group group{options, "g"};
  moment now{milliseconds(1000), 1000};
  std::size_t written = 0;
};

TEST_F(consumer, first_member_gets_everything) {
  const auto reply = beat("a", 0);
  EXPECT_EQ(reply.error, errc::none);
  EXPECT_EQ(reply.epoch, 2);
  EXPECT_EQ(reply.assignment, (partition_set{{uuid{{1}}, {0, 1, 2, 3}}}));
  EXPECT_EQ(group.state_name(), "Stable");
}

TEST_F(consumer, newcomer_waits_until_the_other_has_let_go) {
  const auto all = *beat("a", 0).assignment;
  auto second = beat("b", 0);
  EXPECT_TRUE(second.assignment->empty());
  EXPECT_EQ(group.state_name(), "Reconciling");
  // Told to give up two, it keeps its epoch until it has.
  auto first = beat("a", 2, all);
  EXPECT_EQ(first.epoch, 2);
  const auto kept = *first.assignment;
  EXPECT_EQ(partition_count(kept), 2U);
  EXPECT_FALSE(beat("b", second.epoch).assignment);  // nothing new yet
  first = beat("a", 2, kept);
  EXPECT_EQ(first.epoch, 3);
  second = beat("b", second.epoch);
  ASSERT_TRUE(second.assignment);
  EXPECT_EQ(partition_count(*second.assignment), 2U);
  EXPECT_FALSE(is_subset(*second.assignment, kept));
  EXPECT_EQ(group.state_name(), "Stable");
}

TEST_F(consumer, nobody_ever_has_what_another_may_still_work_on) {
  std::mt19937_64 random(3);
  std::map<std::string, std::pair<std::int32_t, partition_set>> clients;
  std::size_t moves = 0;
  for (int step = 0; step < 5000; ++step) {
    const std::string name(1, static_cast<char>('a' + random() % 5));
    if (random() % 200 == 0) {
      catalog.all["t"].partition_count += 1;
      ++catalog.number;
    }
    auto known = clients.find(name);
    if (known == clients.end()) {
      const auto reply = beat(name, 0);
      ASSERT_EQ(reply.error, errc::none);
      clients[name] = {reply.epoch, reply.assignment.value_or(partition_set{})};
    } else if (random() % 20 == 0) {
      (void)beat(name, -1);
      clients.erase(known);
    } else {
      const auto reply = beat(name, known->second.first, known->second.second);
      ASSERT_EQ(reply.error, errc::none);
      known->second.first = reply.epoch;
      if (reply.assignment) {
        moves += *reply.assignment == known->second.second ? 0 : 1;
        known->second.second = *reply.assignment;
      }
    }
    std::set<std::pair<uuid, std::int32_t>> taken;
    for (const auto& [id, client] : clients) {
      for (const auto& [topic, partitions] : client.second) {
        for (const auto partition : partitions) {
          ASSERT_TRUE(taken.emplace(topic, partition).second) << "step " << step;
        }
      }
    }
  }
  EXPECT_GT(moves, 100U);
  for (int round = 0; round < 20; ++round) {
    for (auto& [id, client] : clients) {
      const auto reply = beat(id, client.first, client.second);
      client = {reply.epoch, reply.assignment.value_or(client.second)};
    }
  }
  EXPECT_EQ(group.state_name(), clients.empty() ? "Empty" : "Stable");
}

TEST_F(consumer, epochs_fence) {
  (void)beat("a", 0);
  EXPECT_EQ(beat("a", 99).error, errc::fenced_member_epoch);
  EXPECT_EQ(beat("a", 1).error, errc::fenced_member_epoch);
  EXPECT_EQ(beat("b", 1).error, errc::unknown_member_id);
  EXPECT_EQ(group.check_member({"a", std::nullopt}, 2), errc::none);
  EXPECT_EQ(group.check_member({"a", std::nullopt}, 1), errc::stale_member_epoch);
  EXPECT_EQ(group.check_member({"b", std::nullopt}, 2), errc::unknown_member_id);
}

TEST_F(consumer, static_member_goes_on_where_its_predecessor_paused) {
  const auto all = *beat("a", 0, std::nullopt, "i").assignment;
  EXPECT_EQ(beat("b", 0, std::nullopt, "i").error, errc::unreleased_instance_id);
  EXPECT_EQ(beat("a", -2, std::nullopt, "i").error, errc::none);
  const auto back = beat("b", 0, std::nullopt, "i");
  EXPECT_EQ(back.error, errc::none);
  EXPECT_EQ(back.assignment, all);
  EXPECT_EQ(beat("a", 2, std::nullopt, "i").error, errc::fenced_instance_id);
}

TEST_F(consumer, session_and_revocation_have_their_deadlines) {
  const auto all = *beat("a", 0).assignment;
  (void)beat("b", 0);
  (void)beat("a", 2, all);  // has to give up two of them within five seconds
  now.monotonic += milliseconds(4999);
  EXPECT_TRUE(group.advance(now).empty());
  now.monotonic += milliseconds(2);
  EXPECT_FALSE(group.advance(now).empty());
  EXPECT_EQ(group.size(), 1U);
  now.monotonic += options.consumer_session_timeout;
  EXPECT_FALSE(group.advance(now).empty());
  EXPECT_TRUE(group.is_empty());
}

TEST_F(consumer, heartbeat_that_says_nothing_new_writes_nothing) {
  (void)beat("a", 0);
  written = 0;
  (void)beat("a", 2);
  EXPECT_EQ(written, 0U);
  consumer_heartbeat quiet;
  quiet.group = "g";
  quiet.member = "a";
  quiet.epoch = 2;
  EXPECT_TRUE(group.keep_alive(quiet, &catalog, now));
  ++catalog.number;  // something may have changed
  EXPECT_FALSE(group.keep_alive(quiet, &catalog, now));
}

TEST_F(consumer, replay_makes_the_same_group) {
  consumer_group twin(options, "g");
  consumer_heartbeat request;
  request.group = "g";
  request.member = "a";
  request.rebalance_timeout_ms = 1;
  request.expression = "any";
  request.owned = partition_set{};
  const auto made = group.heartbeat(request, &catalog, now);
  for (const auto& record : made.records) {
    std::visit(
        [&](const auto& each) {
          using kind = std::remove_cvref_t<decltype(each)>;
          if constexpr (!std::is_same_v<kind, offset_record> &&
                        !std::is_same_v<kind, group_record>) {
            twin.replay(each);
          }
        },
        record);
  }
  twin.restored(now);
  EXPECT_EQ(twin.describe().epoch, group.describe().epoch);
  EXPECT_EQ(twin.describe().members.at(0).assigned, group.describe().members.at(0).assigned);
  EXPECT_EQ(twin.state_name(), "Stable");
}

}  // namespace
}  // namespace tidemill::groups
