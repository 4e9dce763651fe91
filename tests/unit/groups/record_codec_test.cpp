#include "groups/record_codec.hpp"

#include "groups/core/errc.hpp"

namespace tidemill::groups {
namespace {

state_record round_trip(const state_record& record) {
  const auto encoded = encode_record(record).value();
  auto decoded =
      decode_record(bytes_view(encoded.key),
                    encoded.value ? std::optional(bytes_view(*encoded.value)) : std::nullopt);
  return std::move(decoded.value().value());
}

TEST(record_codec, keeps_an_offset) {
  stored_offset offset{42, 3, "here", 1000, std::nullopt, uuid{{1, 2, 3}}};
  const auto read = std::get<offset_record>(round_trip(offset_record{"g", "t", 5, offset}));
  EXPECT_EQ(read.group, "g");
  EXPECT_EQ(read.topic, "t");
  EXPECT_EQ(read.partition, 5);
  EXPECT_EQ(read.value, offset);
}

TEST(record_codec, keeps_when_an_old_clients_offset_expires) {
  const stored_offset offset{42, -1, "", 1000, 2000, {}};
  const auto read = std::get<offset_record>(round_trip(offset_record{"g", "t", 0, offset}));
  EXPECT_EQ(read.value, offset);
}

TEST(record_codec, writes_kafkas_bytes_of_an_offset) {
  const auto encoded =
      encode_record(offset_record{"g", "t", 1, stored_offset{2, 3, "m", 4, std::nullopt, {}}})
          .value();
  // kind 1, "g", "t", partition 1; version 3, offset, epoch, "m", time of the commit
  EXPECT_EQ(as_text(encoded.key), std::string_view("\0\1\0\1g\0\1t\0\0\0\1", 12));
  EXPECT_EQ(as_text(*encoded.value),
            std::string_view("\0\3\0\0\0\0\0\0\0\2\0\0\0\3\0\1m\0\0\0\0\0\0\0\4", 25));
}

TEST(record_codec, keeps_a_group) {
  stored_group group;
  group.protocol_type = "consumer";
  group.generation = 7;
  group.protocol = "range";
  group.leader = "m";
  group.state_time_ms = 99;
  group.members.push_back(
      {"m", "i", "c", "/h", 1, 2, share(as_bytes("sub")), share(as_bytes("as"))});
  const auto read = std::get<group_record>(round_trip(group_record{"g", group}));
  ASSERT_TRUE(read.value);
  EXPECT_EQ(read.value->generation, 7);
  EXPECT_EQ(read.value->leader, "m");
  ASSERT_EQ(read.value->members.size(), 1U);
  EXPECT_EQ(read.value->members[0].instance, "i");
  EXPECT_EQ(as_text(view_of(read.value->members[0].assignment)), "as");
}

TEST(record_codec, keeps_the_records_of_the_new_protocol) {
  const partition_set some{{uuid{{7}}, {1, 2}}};
  EXPECT_EQ(std::get<consumer_epoch_record>(
                round_trip(consumer_epoch_record{"g", consumer_epoch_record::contents{3, 9}}))
                .value->metadata_hash,
            9);
  consumer_member_record::contents member{"i", "r", "c", "/h", {"t"}, "e.*", 5, "range"};
  EXPECT_EQ(
      std::get<consumer_member_record>(round_trip(consumer_member_record{"g", "m", member})).value,
      member);
  EXPECT_EQ(std::get<consumer_target_epoch_record>(round_trip(consumer_target_epoch_record{"g", 4}))
                .epoch,
            4);
  EXPECT_EQ(
      std::get<consumer_target_record>(round_trip(consumer_target_record{"g", "m", some})).value,
      some);
  const consumer_current_record::contents current{4, 3, 1, some, some};
  EXPECT_EQ(
      std::get<consumer_current_record>(round_trip(consumer_current_record{"g", "m", current}))
          .value,
      current);
}

TEST(record_codec, keeps_tombstones) {
  EXPECT_FALSE(std::get<offset_record>(round_trip(offset_record{"g", "t", 1, {}})).value);
  EXPECT_FALSE(std::get<group_record>(round_trip(group_record{"g", {}})).value);
  EXPECT_FALSE(
      std::get<consumer_member_record>(round_trip(consumer_member_record{"g", "m", {}})).value);
}

TEST(record_codec, passes_over_kinds_that_it_does_not_know) {
  const auto decoded = decode_record(as_bytes(std::string_view("\0\x63", 2)), std::nullopt);
  ASSERT_TRUE(decoded);
  EXPECT_FALSE(*decoded);
}

TEST(record_codec, refuses_every_cut_record) {
  const auto whole =
      encode_record(offset_record{"g", "t", 1, stored_offset{2, 3, "m", 4, {}, {}}}).value();
  for (std::size_t size = 0; size < whole.key.size(); ++size) {
    const auto decoded = decode_record(bytes_view(whole.key).first(size), bytes_view(*whole.value));
    EXPECT_TRUE(!decoded || !*decoded) << size;
  }
  for (std::size_t size = 0; size < whole.value->size(); ++size) {
    EXPECT_FALSE(decode_record(bytes_view(whole.key), bytes_view(*whole.value).first(size)))
        << size;
  }
  EXPECT_FALSE(decode_record(std::nullopt, std::nullopt));
}

TEST(subscribed_topics, reads_any_version_and_refuses_garbage) {
  const std::string_view first("\0\0\0\0\0\2\0\1a\0\1b\xff\xff\xff\xff", 16);
  EXPECT_EQ(subscribed_topics(as_bytes(first)), (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(subscribed_topics(as_bytes("x")));
  EXPECT_FALSE(subscribed_topics({}));
}

}  // namespace
}  // namespace tidemill::groups
