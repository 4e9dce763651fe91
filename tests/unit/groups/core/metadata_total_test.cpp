#include "groups/core/metadata_total.hpp"

#include <gtest/gtest.h>

#include "groups/core/coordinator.hpp"

namespace tidemill::groups {
namespace {

using std::chrono::milliseconds;

/// Two coordinators that count together; their writes succeed at once.
class metadata_total_test : public testing::Test {
 protected:
  metadata_total_test() {
    total->bytes_max = 1000;
    options.initial_rebalance_delay = milliseconds(0);
    options.new_member_join_timeout = milliseconds(1000);
    for (coordinator& one : cores) {
      actions out;
      one.loaded(now(), out);
    }
  }
  [[nodiscard]] moment now() const { return {milliseconds(time), time}; }

  errc perform(coordinator& core, actions out) {
    errc said = errc::none;
    for (reply& each : out.replies) {
      std::visit(
          [&](const auto& what) {
            if constexpr (requires { what.error; }) {
              said = what.error;
            }
          },
          each.what);
    }
    for (write& each : out.writes) {
      actions more;
      core.written(std::move(each), errc::none, now(), more);
      const errc later = perform(core, std::move(more));
      said = later != errc::none ? later : said;
    }
    return said;
  }
  errc join(std::size_t at, std::string_view group, std::size_t bytes) {
    const std::string metadata(bytes, 'm');
    join_request event;
    event.group = group;
    event.protocol_type = "consumer";
    event.protocols = {{"r", as_bytes(metadata)}};
    event.session_timeout = milliseconds(10'000);
    event.rebalance_timeout = milliseconds(1000);
    event.new_member_id = group;
    actions out;
    cores[at].join(event, 1, now(), out);
    return perform(cores[at], std::move(out));
  }
  errc beat(std::size_t at, std::string group, std::size_t bytes) {
    consumer_heartbeat event;
    event.group = std::move(group);
    event.member = "member";
    event.rebalance_timeout_ms = 1000;
    event.topics = {std::string(bytes, 't')};
    event.owned = partition_set{};
    actions out;
    cores[at].consumer_beat(std::move(event), 1, now(), out);
    return perform(cores[at], std::move(out));
  }
  /// Longer than everything that is waited for.
  void pass() {
    for (int step = 0; step < 60; ++step) {
      time += 1000;
      advance();
    }
  }
  void advance() {
    for (coordinator& one : cores) {
      actions out;
      one.advance(now(), out);
      perform(one, std::move(out));
    }
  }

  std::int64_t time = 1;
  group_options options;
  std::shared_ptr<metadata_total> total = std::make_shared<metadata_total>();
  std::vector<coordinator> cores = [this] {
    std::vector<coordinator> made;
    made.emplace_back(options, total);
    made.emplace_back(options, total);
    return made;
  }();
};

TEST_F(metadata_total_test, groups_of_all_homes_share_what_may_be_brought) {
  EXPECT_EQ(join(0, "a", 400), errc::none);
  EXPECT_EQ(join(1, "b", 400), errc::none);
  EXPECT_GE(total->bytes, 800U);
  EXPECT_EQ(join(0, "c", 400), errc::limit_reached);
  EXPECT_EQ(beat(1, "d", 400), errc::limit_reached);
  EXPECT_EQ(join(0, "c", 50), errc::none) << "what is small still finds room";
}

TEST_F(metadata_total_test, members_that_go_give_back_what_they_brought) {
  EXPECT_EQ(join(0, "a", 900), errc::none);
  EXPECT_EQ(join(0, "b", 900), errc::limit_reached);
  pass();
  EXPECT_EQ(total->bytes, 0U);
  EXPECT_EQ(join(1, "b", 900), errc::none);
}

TEST_F(metadata_total_test, consumers_of_the_new_protocol_count_too) {
  EXPECT_EQ(beat(0, "a", 400), errc::none);
  EXPECT_GE(total->bytes, 400U);
  EXPECT_EQ(join(1, "b", 700), errc::limit_reached);
  pass();
  EXPECT_EQ(total->bytes, 0U);
}

TEST_F(metadata_total_test, home_that_is_given_up_gives_back_what_its_groups_brought) {
  EXPECT_EQ(join(0, "a", 900), errc::none);
  cores[0] = coordinator(options, total);
  EXPECT_EQ(total->bytes, 0U);
}

}  // namespace
}  // namespace tidemill::groups
