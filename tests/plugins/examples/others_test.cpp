// The examples of the kinds that the broker uses, each by what its documentation promises.
#include <gtest/gtest.h>

#include "tidemill/testkit/codec.hpp"
#include "tidemill/testkit/partitioner.hpp"
#include "tidemill/testkit/retention.hpp"
#include "tidemill/testkit/transform.hpp"

namespace tidemill::testkit {
namespace {

std::string example(const std::string& name) {
  return TIDEMILL_EXAMPLE_DIRECTORY "/" + name + ".so";
}

TEST(vip, some_keys_have_partitions_of_their_own) {
  partitioner vip(example("vip"), {{"reserved", "2"}, {"prefixes", "[\"vip-\", \"gold-\"]"}});
  for (int i = 0; i < 200; ++i) {
    const std::string number = std::to_string(i);
    EXPECT_LT(vip.choose("vip-" + number, 12), 2);
    EXPECT_LT(vip.choose("gold-" + number, 12), 2);
    EXPECT_GE(vip.choose("other-" + number, 12), 2);
    EXPECT_LT(vip.choose("other-" + number, 2), 2);
    EXPECT_EQ(vip.choose("other-" + number, 1), 0);
  }
  EXPECT_EQ(vip.choose(std::nullopt, 12), TIDEMILL_PARTITION_ANY);
  EXPECT_THROW(partitioner(example("vip"), {{"reserved", "0"}}), std::runtime_error);
}

TEST(tenant_c, all_keys_of_a_tenant_go_to_one_partition) {
  partitioner tenant(example("tenant_c"), {{"separator", "/"}});
  std::set<std::int32_t> used;
  for (const std::string name : {"acme", "initech", "umbrella", "hooli"}) {
    const std::int32_t home = tenant.choose(name, 97);
    used.insert(home);
    EXPECT_EQ(tenant.choose(name + "/orders", 97), home);
    EXPECT_EQ(tenant.choose(name + "/orders/7", 97), home);
    EXPECT_NE(tenant.choose(name + ":orders", 97), home);
  }
  EXPECT_EQ(used.size(), 4U);
  EXPECT_EQ(tenant.choose(std::nullopt, 97), TIDEMILL_PARTITION_ANY);
  EXPECT_THROW(partitioner(example("tenant_c"), {{"separator", "::"}}), std::runtime_error);
}

TEST(max_age, old_and_future_records_are_refused) {
  transform rule(example("max_age"), {{"age", "1h"}, {"ahead", "1m"}});
  // The clock of the test host stands still here.
  constexpr std::int64_t now_ms = 1'700'000'000'000;
  records batch;
  for (const std::int64_t stamped_ms :
       {now_ms, now_ms - 3'600'000, now_ms - 3'600'001, now_ms + 60'000, now_ms + 60'001,
        std::int64_t{-1}, INT64_MAX, std::int64_t{0}}) {
    records::record one;
    one.timestamp_ms = stamped_ms;
    batch.add(one);
  }
  const auto refused = rule.validate(batch);
  ASSERT_EQ(refused.size(), 4U);
  EXPECT_EQ(refused.at(2), "the timestamp is older than max_age allows");
  EXPECT_EQ(refused.at(4), "the timestamp lies in the future");
  EXPECT_TRUE(refused.contains(6) && refused.contains(7));
}

TEST(night_only, segments_go_at_night_or_when_the_disk_is_full) {
  retention policy(example("night_only"),
                   {{"from_hour", "22"}, {"to_hour", "4"}, {"free_least", "1GiB"}});
  constexpr std::int64_t day_ms = 86'400'000;
  constexpr std::int64_t hour_ms = 3'600'000;
  const auto at = [&](std::int64_t hour, std::int64_t free_bytes) {
    log_builder log;
    log.log.now_ms = 19'000 * day_ms + hour * hour_ms;
    log.log.retention_ms = hour_ms;
    log.log.facts = TIDEMILL_FACT_DISK;
    log.log.disk_free_bytes = free_bytes;
    log.add(10, 1000, 3 * hour_ms).add(10, 1000, 0);
    return policy.vote(log);
  };
  constexpr std::int64_t plenty = std::int64_t{5} << 30U;
  EXPECT_EQ(at(21, plenty), "kk");
  EXPECT_EQ(at(22, plenty), "rk");
  EXPECT_EQ(at(3, plenty), "rk");
  EXPECT_EQ(at(4, plenty), "kk");
  EXPECT_EQ(at(12, 1000), "rk");
  EXPECT_EQ(at(12, -1), "kk");
}

TEST(tiny_snappy, literals_and_all_kinds_of_copies_are_read) {
  codec tiny(example("tiny_snappy"));
  const auto plain_of = [&](std::string packed) {
    const auto answer = tiny.decompress(packed);
    return answer.status == TIDEMILL_DONE ? answer.bytes : "not DONE: " + answer.message;
  };
  using namespace std::string_literals;
  // A literal of three bytes, then a copy of nine from three before: tags of one, two, four bytes.
  EXPECT_EQ(plain_of("\x0c\x08"
                     "abc\x15\x03"s),
            "abcabcabcabc");
  EXPECT_EQ(plain_of("\x0c\x08"
                     "abc\x22\x03\x00"s),
            "abcabcabcabc");
  EXPECT_EQ(plain_of("\x0c\x08"
                     "abc\x23\x03\x00\x00\x00"s),
            "abcabcabcabc");
  EXPECT_EQ(plain_of("\x03\xf0\x02"
                     "abc"s),
            "abc");
  EXPECT_EQ(plain_of("\x00"s), "");
  // A copy from before the beginning, more than the size says, less, cut off.
  for (const std::string& bad : {"\x0c\x08"
                                 "abc\x15\x04"s,
                                 "\x0b\x08"
                                 "abc\x15\x03"s,
                                 "\x0d\x08"
                                 "abc\x15\x03"s,
                                 "\x0c\x08"
                                 "abc\x15"s,
                                 ""s}) {
    EXPECT_EQ(tiny.decompress(bad).status, TIDEMILL_CORRUPT);
  }
}

TEST(tiny_snappy, what_it_writes_it_reads_within_limits) {
  codec tiny(example("tiny_snappy"));
  const std::string plain(200'000, 'x');
  const std::string packed = tiny.compress(plain).bytes;
  EXPECT_EQ(tiny.decompress(packed, {}, {1000, 777}).bytes, plain);
  EXPECT_EQ(tiny.decompress(packed, {.bytes_max = plain.size()}).status, TIDEMILL_DONE);
  EXPECT_EQ(tiny.decompress(packed, {.bytes_max = plain.size() - 1}).status, TIDEMILL_TOO_LARGE);
}

}  // namespace
}  // namespace tidemill::testkit
