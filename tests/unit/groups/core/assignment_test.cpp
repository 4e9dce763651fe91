#include "groups/core/assignment.hpp"

#include <algorithm>
#include <random>

namespace tidemill::groups {
namespace {

const uuid first{{1}};
const uuid second{{2}};

std::size_t load(const target_assignment& target, std::string_view member) {
  return partition_count(target.find(member)->second);
}

TEST(range_assignor, gives_neighbours_to_one_member) {
  const std::vector<assignor_member> members{{"a", "a", {first, second}, nullptr},
                                             {"b", "b", {first}, nullptr}};
  const auto target = assign("range", members, {{first, 5}, {second, 2}});
  EXPECT_EQ(target.find("a")->second, (partition_set{{first, {0, 1, 2}}, {second, {0, 1}}}));
  EXPECT_EQ(target.find("b")->second, (partition_set{{first, {3, 4}}}));
}

TEST(range_assignor, orders_static_members_by_instance) {
  const std::vector<assignor_member> members{{"a", "z", {first}, nullptr},
                                             {"b", "y", {first}, nullptr}};
  const auto target = assign("range", members, {{first, 2}});
  EXPECT_EQ(target.find("b")->second, (partition_set{{first, {0}}}));
}

TEST(uniform_assignor, keeps_what_may_stay) {
  const partition_set before_a{{first, {0, 1, 2, 3}}};
  const std::vector<assignor_member> members{{"a", "a", {first}, &before_a},
                                             {"b", "b", {first}, nullptr}};
  const auto target = assign("uniform", members, {{first, 4}});
  EXPECT_EQ(target.find("a")->second, (partition_set{{first, {0, 1}}}));
  EXPECT_EQ(target.find("b")->second, (partition_set{{first, {2, 3}}}));
}

TEST(uniform_assignor, gives_each_partition_to_one_subscriber_and_is_even) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<assignor_topic> topics;
    for (std::uint8_t topic = 1; topic <= 1 + random() % 4; ++topic) {
      topics.push_back({uuid{{topic}}, static_cast<std::int32_t>(1 + random() % 9)});
    }
    std::vector<std::string> names;
    for (std::size_t member = 0; member <= random() % 6; ++member) {
      names.push_back("m" + std::to_string(member));
    }
    std::vector<assignor_member> members;
    for (const std::string& name : names) {
      auto& made = members.emplace_back(assignor_member{name, name, {}, nullptr});
      for (const auto& topic : topics) {
        if (random() % 3 != 0) {
          made.topics.insert(topic.id);
        }
      }
    }
    const auto target = assign("uniform", members, topics);
    for (const auto& topic : topics) {
      const bool is_wanted = std::ranges::any_of(
          members, [&](const auto& each) { return each.topics.contains(topic.id); });
      for (std::int32_t partition = 0; partition < topic.partition_count; ++partition) {
        const auto owners = std::ranges::count_if(members, [&](const auto& each) {
          return contains(target.find(each.id)->second, topic.id, partition);
        });
        EXPECT_EQ(owners, is_wanted ? 1 : 0);
      }
    }
    // Nobody could hand a partition to somebody who has two fewer.
    for (const auto& member : members) {
      for (const auto& [topic, partitions] : target.find(member.id)->second) {
        EXPECT_TRUE(member.topics.contains(topic));
        for (const auto& other : members) {
          EXPECT_TRUE(!other.topics.contains(topic) ||
                      load(target, other.id) + 1 >= load(target, member.id));
        }
      }
    }
  }
}

}  // namespace
}  // namespace tidemill::groups
