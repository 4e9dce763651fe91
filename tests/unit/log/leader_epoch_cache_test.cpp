#include "log/leader_epoch_cache.hpp"

namespace tidemill::log {
namespace {

leader_epoch_cache cache_of(std::initializer_list<std::pair<int, int>> entries) {
  leader_epoch_cache cache;
  for (const auto& [epoch, start] : entries) {
    EXPECT_TRUE(cache.assign(leader_epoch{epoch}, offset{start}));
  }
  return cache;
}

std::vector<std::pair<int, std::int64_t>> pairs(const leader_epoch_cache& cache) {
  std::vector<std::pair<int, std::int64_t>> all;
  for (const leader_epoch_start& each : cache.entries()) {
    all.emplace_back(each.epoch.value(), each.start_offset.value());
  }
  return all;
}
using expected = std::vector<std::pair<int, std::int64_t>>;

TEST(leader_epoch_cache, assign_same_epoch_changes_nothing) {
  auto cache = cache_of({{0, 0}});
  EXPECT_FALSE(cache.assign(leader_epoch{0}, offset{10}));
  EXPECT_EQ(pairs(cache), (expected{{0, 0}}));
}

TEST(leader_epoch_cache, assign_contradicting_drops_later_entries) {
  auto cache = cache_of({{0, 0}, {2, 10}, {4, 20}});
  EXPECT_TRUE(cache.assign(leader_epoch{3}, offset{15}));
  EXPECT_EQ(pairs(cache), (expected{{0, 0}, {2, 10}, {3, 15}}));
  EXPECT_TRUE(cache.assign(leader_epoch{5}, offset{10}));
  EXPECT_EQ(pairs(cache), (expected{{0, 0}, {5, 10}}));
}

TEST(leader_epoch_cache, end_offset_of_each_kind_of_request) {
  const auto cache = cache_of({{2, 5}, {4, 10}, {7, 20}});
  const offset end{30};
  EXPECT_EQ(cache.end_offset_for(leader_epoch{8}, end), std::nullopt);
  EXPECT_EQ(cache.end_offset_for(leader_epoch{7}, end),
            (leader_epoch_end{leader_epoch{7}, offset{30}}));
  EXPECT_EQ(cache.end_offset_for(leader_epoch{6}, end),
            (leader_epoch_end{leader_epoch{4}, offset{20}}));
  EXPECT_EQ(cache.end_offset_for(leader_epoch{4}, end),
            (leader_epoch_end{leader_epoch{4}, offset{20}}));
  EXPECT_EQ(cache.end_offset_for(leader_epoch{2}, end),
            (leader_epoch_end{leader_epoch{2}, offset{10}}));
  EXPECT_EQ(cache.end_offset_for(leader_epoch{1}, end),
            (leader_epoch_end{leader_epoch{1}, offset{5}}));
  EXPECT_EQ(leader_epoch_cache{}.end_offset_for(leader_epoch{0}, end), std::nullopt);
}

TEST(leader_epoch_cache, epoch_of_offset) {
  const auto cache = cache_of({{2, 5}, {4, 10}});
  EXPECT_EQ(cache.epoch_of(offset{4}), std::nullopt);
  EXPECT_EQ(cache.epoch_of(offset{5}), leader_epoch{2});
  EXPECT_EQ(cache.epoch_of(offset{9}), leader_epoch{2});
  EXPECT_EQ(cache.epoch_of(offset{100}), leader_epoch{4});
}

TEST(leader_epoch_cache, truncate_from_end_drops_epochs_without_records) {
  auto cache = cache_of({{0, 0}, {1, 10}, {2, 20}});
  EXPECT_FALSE(cache.truncate_from_end(offset{21}));
  EXPECT_TRUE(cache.truncate_from_end(offset{10}));
  EXPECT_EQ(pairs(cache), (expected{{0, 0}}));
}

TEST(leader_epoch_cache, truncate_from_start_keeps_the_epoch_in_which_it_lies) {
  auto cache = cache_of({{0, 0}, {1, 10}, {2, 20}});
  EXPECT_TRUE(cache.truncate_from_start(offset{15}));
  EXPECT_EQ(pairs(cache), (expected{{1, 15}, {2, 20}}));
  EXPECT_FALSE(cache.truncate_from_start(offset{15}));
  EXPECT_TRUE(cache.truncate_from_start(offset{20}));
  EXPECT_EQ(pairs(cache), (expected{{2, 20}}));
}

TEST(leader_epoch_cache, text_round_trip_is_kafkas_form) {
  const auto cache = cache_of({{0, 0}, {3, 12}});
  EXPECT_EQ(cache.to_text(), "0\n2\n0 0\n3 12\n");
  const auto read = leader_epoch_cache::from_text(cache.to_text());
  ASSERT_TRUE(read);
  EXPECT_EQ(pairs(*read), pairs(cache));
  EXPECT_EQ(leader_epoch_cache{}.to_text(), "0\n0\n");
}

TEST(leader_epoch_cache, damaged_text_is_refused) {
  for (const char* text :
       {"", "0", "1\n0\n", "0\nx\n", "0\n1\n", "0\n1\n1\n", "0\n1\n1 x\n", "0\n-1\n",
        "0\n1\n-1 0\n", "0\n1\n1 2 3\n", "0\n1\n1 2\n3 4\n", "0\n2\n1 2\n1 3\n", "0\n2\n1 2\n2 2\n",
        "0\n99999999999999999999\n", "0\n9223372036854775807\n1 2\n"}) {
    EXPECT_FALSE(leader_epoch_cache::from_text(text)) << text;
  }
}

}  // namespace
}  // namespace tidemill::log
