#include "tidemill/rules/rule.hpp"

#include <gtest/gtest.h>

#include "tests/sdk/rules/rule_batch.hpp"
#include "tidemill/hash.hpp"
#include "tidemill/partitioner.h"

namespace tidemill::rules {
namespace {

using tidemill::rules::testing::rule_batch;
using tidemill::rules::testing::rule_record;

std::unique_ptr<rule_runner> open(std::string_view source) {
  const auto [program, problem] = rule_program::compile("rule.lua", source);
  EXPECT_NE(program, nullptr) << problem;
  return program == nullptr ? nullptr : rule_runner::open(program).runner;
}

std::vector<std::int32_t> choose(rule_runner& rule, const rule_batch& batch) {
  std::vector<std::int32_t> partitions(batch.view().record_count, TIDEMILL_PARTITION_ANY);
  const auto failed = rule.choose(batch.view(), partitions.data());
  EXPECT_FALSE(failed) << failed->sentence;
  return partitions;
}

std::vector<std::string> validate(rule_runner& rule, const rule_batch& batch) {
  std::vector<std::string> reasons(batch.view().record_count);
  const tidemill_rejections rejections{
      sizeof rejections, 0, &reasons,
      [](const tidemill_rejections* to, std::uint32_t index, tidemill_bytes reason) {
        (*static_cast<std::vector<std::string>*>(to->context))[index] =
            std::string(reinterpret_cast<const char*>(reason.data), reason.size);
      }};
  const auto failed = rule.validate(batch.view(), rejections);
  EXPECT_FALSE(failed) << failed->sentence;
  return reasons;
}

std::int32_t murmur2_of(const std::string& key) {
  const auto bytes = testing::bytes_of(key);
  return static_cast<std::int32_t>(sdk::murmur2({bytes.data, bytes.size}) & 0x7fffffffU);
}

TEST(rule_runner, partitioner_sees_key_hash_and_topic) {
  const auto rule = open(R"(return tidemill.partitioner {
    partition = function(rec, topic)
      if starts(rec.key, "vip-") then return 0 end
      return 1 + rec.key_hash % (topic.partitions - 1)
    end,
  })");
  const rule_batch batch(
      std::vector<rule_record>{{.key = "vip-7"}, {.key = "a"}, {.key = std::nullopt}, {.key = ""}},
      10);
  EXPECT_EQ(choose(*rule, batch),
            (std::vector<std::int32_t>{0, 1 + murmur2_of("a") % 9, TIDEMILL_PARTITION_ANY,
                                       1 + murmur2_of("") % 9}));
}

TEST(rule_runner, partitioner_may_answer_any_and_reject) {
  const auto rule = open(R"(return tidemill.partitioner { null_keys = true,
    partition = function(rec)
      if rec.key == nil then return reject "no key" end
      if rec.key == "out" then return -7 end
      return any
    end })");
  const rule_batch batch(
      std::vector<rule_record>{{.key = "x"}, {.key = std::nullopt}, {.key = "out"}});
  const auto answers = choose(*rule, batch);
  EXPECT_EQ(answers[0], TIDEMILL_PARTITION_ANY);
  EXPECT_EQ(answers[1], TIDEMILL_PARTITION_REJECT);
  EXPECT_EQ(rule->reason(), "no key");
  EXPECT_GE(answers[2], 10) << "out of range in every topic";
}

TEST(rule_runner, validate_refuses_records_with_reasons) {
  const auto rule = open(R"(return tidemill.validate {
    needs = { "value" },
    record = function(rec)
      if rec:json("/customer_id") == nil then return reject "customer_id is missing" end
    end })");
  const rule_batch batch(
      std::vector<rule_record>{{.key = "a", .value = R"({"customer_id": 7})"},
                               {.key = "b", .value = R"({"customer": 7})"},
                               {.key = "c", .value = "no json"},
                               {.key = "d", .value = std::nullopt},
                               {.key = "e", .value = R"({"customer_id": null})"}});
  const std::string reason = "customer_id is missing";
  EXPECT_EQ(validate(*rule, batch), (std::vector<std::string>{"", reason, reason, reason, reason}));
}

// Spins for about a millisecond at each record that has a key.
constexpr std::string_view spinning = R"(return tidemill.partitioner { null_keys = true,
  partition = function(rec)
    if rec.key == nil then return 0 end
    local sum = 0
    for i = 1, 300000 do sum = sum + i end
    return 1
  end })";

TEST(rule_runner, record_that_is_not_come_away_from_is_not_worth_more_among_many) {
  const auto rule = open(spinning);
  std::vector<rule_record> many(20'000);
  many[0].key = "x";
  std::vector<std::int32_t> partitions(many.size());
  const auto failed = rule->choose(rule_batch(many).view(), partitions.data());
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->why, fault::cause::timeout);
}

TEST(rule_runner, records_and_bytes_that_are_come_to_give_time) {
  const auto rule = open(spinning);
  std::vector<rule_record> many(20'000);
  EXPECT_EQ(choose(*rule, rule_batch(many)).back(), 0);
  many.resize(2);
  many[1] = {.key = "x", .value = std::string(20'000'000, 'x')};  // worth 100 milliseconds
  EXPECT_EQ(choose(*rule, rule_batch(many)).back(), 1);
  many[1].value = "x";
  std::vector<std::int32_t> partitions(many.size());
  EXPECT_TRUE(rule->choose(rule_batch(many).view(), partitions.data()));
}

TEST(rule_runner, validate_sees_every_field_of_a_record) {
  const auto rule = open(R"(return tidemill.validate { record = function(rec, topic)
    local parts = {
      rec.key, rec.key_size, rec.value, rec.value_size, rec.timestamp, rec.partition, rec.topic,
      rec.client_id, rec.header_count, rec:header("region"), rec:header("none") == nil,
      topic.name, topic.partitions, rec.offset == nil, rec.principal == nil, select("#", rec:header_at(9)),
    }
    local name, value = rec:header_at(1)
    parts[#parts + 1] = name .. "=" .. value
    for i = 1, #parts do parts[i] = tostring(parts[i]) end
    return reject(table.concat(parts, ","))
  end })");
  const rule_batch batch(
      std::vector<rule_record>{{.key = "k",
                                .value = "vv",
                                .headers = {{"first", "1"}, {"region", "eu"}, {"region", "us"}},
                                .timestamp = 42}});
  EXPECT_EQ(validate(*rule, batch)[0],
            "k,1,vv,2,42,3,orders,shop,3,us,true,orders,10,true,true,1,first=1");
}

TEST(rule_runner, json_gives_types_and_texts) {
  const auto rule = open(R"(return tidemill.validate { needs = { "value" }, record = function(rec)
    local parts = {
      rec:json("/i"), rec:json("/f"), rec:json("/s"), tostring(rec:json("/b")), rec:json("/a/1"),
      rec:json("/o/x"), rec:json("/a"), rec:json_type("/i"), rec:json_type("/f"), rec:json_type("/s"),
      rec:json_type("/b"), rec:json_type("/a"), rec:json_type("/o"), rec:json_type("/n"),
      tostring(rec:json_type("/none")), tostring(rec:is_json()),
    }
    return reject(table.concat(parts, ","))
  end })");
  const rule_batch batch(std::vector<rule_record>{
      {.key = "k", .value = R"({"i": 7, "f": 1.5, "s": "t\u00e9xt", "b": true,
                                        "a": [1, 2], "o": {"x": "y"}, "n": null})"}});
  EXPECT_EQ(
      validate(*rule, batch)[0],
      "7,1.5,t\xc3\xa9xt,true,2,y,[1, 2],number,number,string,boolean,array,object,null,nil,true");
}

TEST(rule_runner, json_of_each_record_is_its_own) {
  const auto rule = open(R"(return tidemill.validate { needs = { "value" }, record = function(rec)
    if not rec:is_json() then return reject "no JSON" end
    return reject(tostring(rec:json("/a")) .. tostring(rec:json("/b")))
  end })");
  const rule_batch batch(std::vector<rule_record>{{.key = "1", .value = R"({"a": 1, "b": 2})"},
                                                  {.key = "2", .value = R"({"a": 3)"},
                                                  {.key = "3", .value = R"({"b": 4, "a": 5})"}});
  EXPECT_EQ(validate(*rule, batch), (std::vector<std::string>{"12", "no JSON", "54"}));
  const rule_batch next(std::vector<rule_record>{{.key = "1", .value = R"({"a": 9})"}});
  EXPECT_EQ(validate(*rule, next)[0], "9nil") << "another batch, the same index";
}

TEST(rule_runner, error_names_file_and_line_and_field) {
  const auto rule = open(
      "return tidemill.partitioner {\n  partition = function(rec)\n"
      "    return rec.kye\n  end,\n}\n");
  const rule_batch batch(std::vector<rule_record>{{.key = "k"}});
  std::int32_t partition = 0;
  const auto failed = rule->choose(batch.view(), &partition);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->sentence, "rule.lua:3: rec has no field 'kye'; did you mean 'key'?");
  EXPECT_EQ(failed->why, fault::cause::error);
}

TEST(rule_runner, record_that_was_kept_shows_nothing_afterwards) {
  const auto rule = open(R"(
    local kept
    return tidemill.retention { segment = function(segment, log)
      if kept ~= nil then return kept.active and delete or keep end
      kept = log
      return keep
    end })");
  tidemill_log log{};
  log.struct_size = sizeof log;
  log.segment_count = 1;
  std::array<std::int64_t, 1> zero{};
  std::array<std::uint32_t, 1> flags{};
  tidemill_topic topic{};
  log.topic = &topic;
  log.base_offsets = log.end_offsets = log.sizes_bytes = log.newest_timestamps_ms = zero.data();
  log.segment_flags = flags.data();
  std::uint8_t vote = 0;
  EXPECT_FALSE(rule->vote(log, &vote));
  const auto failed = rule->vote(log, &vote);
  ASSERT_TRUE(failed);
  EXPECT_NE(failed->sentence.find("log has no field 'active'"), std::string::npos)
      << failed->sentence;
}

TEST(rule_runner, retention_votes_for_a_prefix) {
  const auto rule = open(R"(return tidemill.retention { segment = function(segment, log)
      if log.disk_free < 0.10 * log.disk_total then return delete end
      if segment.age > days(7) and segment.last_offset < log.min_committed_offset then return delete end
      return keep
    end })");
  constexpr std::int64_t day = 86'400'000;
  const std::array<std::int64_t, 4> base{0, 10, 20, 30};
  const std::array<std::int64_t, 4> end{10, 20, 30, 40};
  const std::array<std::int64_t, 4> size{100, 100, 100, 100};
  const std::array<std::int64_t, 4> newest{0, day, 2 * day, 9 * day};
  const std::array<std::uint32_t, 4> flags{0, 0, 0, TIDEMILL_SEGMENT_ACTIVE};
  const std::array<std::int64_t, 2> committed{35, 18};
  tidemill_topic topic{};
  tidemill_log log{};
  log.struct_size = sizeof log;
  log.topic = &topic;
  log.segment_count = 4;
  log.now_ms = 10 * day;
  log.disk_free_bytes = 50;
  log.disk_total_bytes = 100;
  log.base_offsets = base.data();
  log.end_offsets = end.data();
  log.sizes_bytes = size.data();
  log.newest_timestamps_ms = newest.data();
  log.segment_flags = flags.data();
  log.group_offsets = committed.data();
  log.group_count = 2;
  std::array<std::uint8_t, 4> votes{};
  ASSERT_FALSE(rule->vote(log, votes.data()));
  EXPECT_EQ(votes, (std::array<std::uint8_t, 4>{TIDEMILL_REMOVE, 0, 0, 0}));
  log.disk_free_bytes = 5;
  ASSERT_FALSE(rule->vote(log, votes.data()));
  EXPECT_EQ(votes, (std::array<std::uint8_t, 4>{TIDEMILL_REMOVE, TIDEMILL_REMOVE, TIDEMILL_REMOVE,
                                                TIDEMILL_REMOVE}));
}

TEST(rule_runner, state_is_bounded_and_forgets_the_oldest) {
  const auto rule = open(R"(
    local seen = tidemill.state { entries = 2 }
    return tidemill.validate { needs = { "key" }, record = function(rec)
      local n = seen:add(rec.key, 1)
      return reject(n .. "/" .. seen:size())
    end })");
  const rule_batch batch(std::vector<rule_record>{
      {.key = "a"}, {.key = "a"}, {.key = "b"}, {.key = "c"}, {.key = "a"}});
  EXPECT_EQ(validate(*rule, batch), (std::vector<std::string>{"1/1", "2/1", "1/2", "1/2", "1/2"}));
  EXPECT_EQ(validate(*rule, batch)[0], "2/2") << "kept from batch to batch";
}

TEST(rule_runner, pairs_goes_in_order_and_sort_sorts) {
  const auto rule = open(R"(return tidemill.validate { needs = { "key" }, record = function()
      local out = {}
      for k, v in pairs({ b = 1, a = 2, [3] = 3, [1] = 4, c = 5, [2.5] = 6 }) do
        out[#out + 1] = tostring(k) .. "=" .. v
      end
      local t = { 5, 3, 9, 1, 7, 7, 2 }
      table.sort(t)
      local d = { "b", "c", "a" }
      table.sort(d, function(x, y) return x > y end)
      table.insert(t, 1, 0)
      return reject(table.concat(out, " ") .. " " .. table.concat(t, ",") .. " " .. table.concat(d)
                    .. table.remove(t) .. table.remove(t, 1) .. #t)
    end })");
  EXPECT_EQ(validate(*rule, rule_batch(std::vector<rule_record>{{.key = "k"}}))[0],
            "1=4 2.5=6 3=3 a=2 b=1 c=5 0,1,2,3,5,7,7,9 cba906");
}

TEST(rule_runner, text_functions_and_hashes) {
  const auto rule = open(R"(
    local date = re("^(\\d{4})-(\\d{2})$")
    return tidemill.validate { needs = { "key" }, record = function(rec)
      local year, month = date:capture("2026-11")
      local parts = {
        starts("abc", "ab"), starts(nil, "a"), ends("abc", "bc"), contains("abc", "b"),
        contains("abc", "x"), glob("orders-eu.v1", "orders-??.*"), glob("x", "y*"),
        date("2026-11"), date("2026-1"), date(nil), date:capture("x") == nil, year, month,
        days(7) == 7 * 86400000, hours(0.5) == 1800000, mib(2) == 2097152,
        tidemill.hash.murmur2("k"), tidemill.hash.crc32("123456789"), tidemill.hash.fnv1a("a"),
        string.format("%x", tidemill.hash.xxh64("")),
      }
      for i = 1, #parts do parts[i] = tostring(parts[i]) end
      return reject(table.concat(parts, " "))
    end })");
  EXPECT_EQ(validate(*rule, rule_batch(std::vector<rule_record>{{.key = "k"}}))[0],
            "true false true true false true false true false false true 2026 11 true true true " +
                std::to_string(murmur2_of("k")) + " 3421780262 3826002220 ef46db3751d8e999");
}

TEST(rule_runner, facts_are_read_from_the_file) {
  const auto program = rule_program::compile("v.lua", R"(return tidemill.validate {
    description = "orders are JSON", needs = { "value", "headers" }, on_error = "open",
    record = function() end })")
                           .program;
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(program->facts.kind, rule_kind::validate);
  EXPECT_EQ(program->facts.columns, TIDEMILL_VALUES | TIDEMILL_HEADERS);
  EXPECT_TRUE(program->facts.passes_on_error);
  EXPECT_STREQ(program->facts.description.data(), "orders are JSON");
}

TEST(rule_runner, large_batches_do_not_run_out_of_memory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer takes more than the half microsecond that a record may";
#endif
  const auto rule = open(R"(return tidemill.validate { needs = { "value" }, record = function(rec)
      if #rec.value ~= 1000 then return reject "short" end
    end })");
  std::vector<rule_record> records;
  for (int i = 0; i < 20'000; ++i) {
    std::string value(1000, 'x');
    value.replace(0, 6, std::to_string(100'000 + i));
    records.push_back({.key = "k", .value = std::move(value)});
  }
  EXPECT_EQ(validate(*rule, rule_batch(std::move(records))),
            std::vector<std::string>(20'000, std::string()));
  EXPECT_LT(rule->memory_bytes(), std::size_t{3} << 20);
}

TEST(rule_runner, a_fresh_rule_is_small) {
  const auto rule = open("return tidemill.partitioner { partition = function() return 0 end }");
  EXPECT_LT(rule->memory_bytes(), std::size_t{100} << 10);
}

}  // namespace
}  // namespace tidemill::rules
