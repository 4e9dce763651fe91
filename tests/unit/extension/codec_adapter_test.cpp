#include "extension/codec_adapter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "record/errc.hpp"
#include "tests/unit/extension/scripted_plugin.hpp"
#include "tidemill/codec.hpp"
#include "tidemill/plugin.hpp"

namespace tidemill::extension {
namespace {

/// Streams that are open, over all threads.
std::atomic<int> streams{0};
std::atomic<int> states{0};
std::atomic<tidemill_status> next_status{TIDEMILL_OK};
/// What compressed_bytes_max() answers instead of the truth.
std::atomic<std::uint64_t> promised{0};
/// Moved on by ten milliseconds in each step of a decompressor.
test::manual_clock* step_takes = nullptr;
bool opening_fails = false;

/// "Compresses" each byte into two; damaged when they differ.
class doubling {
 public:
  static constexpr sdk::about about{"doubling", "1.0.0", "Apache-2.0", "Doubles."};
  static constexpr sdk::codec_facts codec{TIDEMILL_CODEC_GZIP, "gzip"};
  static std::uint64_t compressed_bytes_max(std::uint64_t input_bytes) {
    return promised == 0 ? 2 * input_bytes : promised.load();
  }

  struct shard {
    explicit shard(const doubling&) {
      if (opening_fails) {
        throw std::runtime_error("no memory today");
      }
      ++states;
    }
    ~shard() { --states; }
    shard(const shard&) = delete;
    shard& operator=(const shard&) = delete;
  };

  struct counted {
    counted() { ++streams; }
    ~counted() { --streams; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
  };
  struct compressor : counted {
    void start(std::int32_t) {}
    sdk::outcome run(sdk::step& one) {
      while (!one.input().empty() && one.room().size() >= 2) {
        const std::array<std::uint8_t, 2> twice{one.input()[0], one.input()[0]};
        one.copy(twice);
        one.take(1);
      }
      return one.input().empty() ? TIDEMILL_DONE : TIDEMILL_OK;
    }
  };
  struct decompressor : counted {
    void start() {}
    sdk::outcome run(sdk::step& one) {
      if (step_takes != nullptr) {
        step_takes->advance(std::chrono::milliseconds(10));
      }
      if (next_status != TIDEMILL_OK) {
        return sdk::failure{next_status, "told to"};
      }
      while (one.input().size() >= 2 && !one.room().empty()) {
        if (one.input()[0] != one.input()[1]) {
          return sdk::failure{TIDEMILL_CORRUPT, "they differ"};
        }
        one.copy(one.input().first(1));
        one.take(2);
      }
      if (one.input().size() == 1) {
        return sdk::failure{TIDEMILL_CORRUPT, "cut"};
      }
      return one.input().empty() ? TIDEMILL_DONE : TIDEMILL_OK;
    }
  };
};
constexpr tidemill_plugin doubling_plugin = sdk::describe<doubling>();

std::uint64_t throwing_bytes_max(std::uint64_t) {
  throw std::runtime_error("must not cross");
}
/// What the last start() was given, and whether it fails.
tidemill_stream_options last_options{};
bool start_fails = false;
tidemill_status noting_start(tidemill_stream* stream, const tidemill_stream_options* options,
                             tidemill_error* error) {
  last_options = *options;
  if (start_fails) {
    testing::say(error, "not this one");
    return TIDEMILL_INTERNAL;
  }
  return sdk::codec_table<doubling>::start(stream, options, error);
}
/// The same, by a table whose compressed_bytes_max() throws.
constexpr tidemill_codec throwing_codec = [] {
  tidemill_codec made = sdk::codec_table<doubling>::value;
  made.compressed_bytes_max = throwing_bytes_max;
  made.start = noting_start;
  return made;
}();
constexpr tidemill_kind throwing_kinds[] = {{TIDEMILL_CODEC, &throwing_codec}};
constexpr tidemill_plugin throwing_plugin = [] {
  tidemill_plugin made = doubling_plugin;
  made.kinds = throwing_kinds;
  return made;
}();

struct codec_adapter_test : ::testing::Test {
  testing::surroundings around;
  codec_adapter adapter{around.environment};

  codec_adapter_test() {
    next_status = TIDEMILL_OK;
    promised = 0;
    adapter.give_to(around.make(doubling_plugin));
  }
  ~codec_adapter_test() override {
    adapter.give_to(nullptr);
    adapter.let_go_all();
    EXPECT_EQ(streams, 0);
    EXPECT_EQ(states, 0);
  }
  static byte_buffer random_bytes(std::size_t size) {
    byte_buffer bytes(size);
    std::uint32_t state = 1;
    std::ranges::generate(
        bytes, [&] { return static_cast<std::byte>((state = state * 69069 + 1) >> 24U); });
    return bytes;
  }
  [[nodiscard]] byte_buffer compressed(bytes_view plain) const {
    byte_buffer out;
    EXPECT_TRUE(adapter.compress(plain, std::nullopt, out));
    return out;
  }
};

TEST_F(codec_adapter_test, what_was_compressed_comes_out_again_whatever_its_size) {
  for (const std::size_t size : {0UL, 1UL, 100UL, 16'384UL, 70'000UL, 1'000'000UL, 6'000'000UL}) {
    const byte_buffer plain = random_bytes(size);
    const byte_buffer packed = compressed(plain);
    EXPECT_EQ(packed.size(), 2 * size);
    byte_buffer out{std::byte{1}};
    ASSERT_TRUE(adapter.decompress(packed, size, out)) << size;
    EXPECT_EQ(out, plain) << size;
    byte_buffer room;
    const auto view = adapter.plain_form(packed, size, room);
    ASSERT_TRUE(view);
    EXPECT_TRUE(std::ranges::equal(*view, plain)) << size;
  }
  EXPECT_EQ(streams, 2);
  EXPECT_EQ(states, 1);
  EXPECT_EQ(adapter.figures().calls, 7U * 3U);
}

TEST_F(codec_adapter_test, output_ends_at_its_bound) {
  const byte_buffer packed = compressed(random_bytes(1000));
  byte_buffer out;
  EXPECT_TRUE(adapter.decompress(packed, 1000, out));
  EXPECT_EQ(adapter.decompress(packed, 999, out).error(), record::errc::decompressed_too_large);
  EXPECT_EQ(adapter.decompress(packed, 0, out).error(), record::errc::decompressed_too_large);
  EXPECT_EQ(adapter.figures().errors, 0U);
}

TEST_F(codec_adapter_test, damaged_input_is_no_fault_of_the_plugin) {
  byte_buffer packed = compressed(random_bytes(10));
  packed.pop_back();
  byte_buffer out;
  EXPECT_EQ(adapter.decompress(packed, 100, out).error(), record::errc::compressed_data_malformed);
  EXPECT_EQ(adapter.figures().errors, 0U);
}

TEST_F(codec_adapter_test, anything_else_is_and_too_much_of_it_spares_the_plugin) {
  next_status = TIDEMILL_INTERNAL;
  const byte_buffer packed(10);
  byte_buffer out;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(adapter.decompress(packed, 100, out).error(), record::errc::codec_failed);
  }
  EXPECT_LT(adapter.figures().calls, 30U);
  EXPECT_EQ(adapter.figures().errors, adapter.figures().calls);
  next_status = TIDEMILL_OK;
  around.clock.advance(std::chrono::seconds(10));
  EXPECT_TRUE(adapter.decompress(packed, 100, out));
}

TEST_F(codec_adapter_test, threads_work_while_instances_change_with_states_of_their_own) {
  const byte_buffer plain = random_bytes(50'000);
  const byte_buffer packed = compressed(plain);
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      byte_buffer out;
      for (int times = 0; times < 50; ++times) {
        good += adapter.decompress(packed, plain.size(), out) && out == plain ? 1 : 0;
      }
    });
  }
  for (int times = 0; times < 20; ++times) {
    adapter.give_to(around.make(doubling_plugin));
    EXPECT_EQ(adapter.figures().errors, 0U);
  }
  for (std::thread& one : threads) {
    one.join();
  }
  EXPECT_EQ(good, 200);
  EXPECT_EQ(states, 5);
}

TEST_F(codec_adapter_test, what_a_codec_promises_to_need_is_a_bounded_hint) {
  const byte_buffer plain = random_bytes(1000);
  auto state = shard_state::open(around.make(doubling_plugin), 7);
  ASSERT_TRUE(state);
  for (const std::uint64_t said : {std::uint64_t{1}, ~std::uint64_t{0}, std::uint64_t{1} << 30}) {
    promised = said;
    codec_stream stream(**state, TIDEMILL_COMPRESS);
    const stream_outcome outcome = stream.run(plain, {std::size_t{1} << 31, std::nullopt});
    EXPECT_EQ(outcome.status, TIDEMILL_DONE) << said;
    EXPECT_EQ(stream.output().size(), 2000U);
    EXPECT_FALSE(stream.is_oversized()) << said;
  }
}

TEST_F(codec_adapter_test, a_promise_that_throws_is_done_without) {
  adapter.give_to(around.make(throwing_plugin));
  byte_buffer out;
  EXPECT_EQ(compressed(random_bytes(100'000)).size(), 200'000U);
}

TEST_F(codec_adapter_test, both_bounds_are_handed_to_the_codec_and_say_the_same) {
  adapter.give_to(around.make(throwing_plugin));
  byte_buffer out;
  const byte_buffer packed = compressed(random_bytes(500));
  EXPECT_EQ(last_options.output_bytes_max, 0U);
  EXPECT_EQ(last_options.output_ratio_max, 0U);
  ASSERT_TRUE(adapter.decompress(packed, 2500, out));
  EXPECT_EQ(last_options.output_bytes_max, 2500U);
  EXPECT_EQ(last_options.output_ratio_max, 3U);  // 2.5 of 1000 bytes, rounded up
  ASSERT_TRUE(adapter.decompress(packed, 600, out));
  EXPECT_EQ(last_options.output_ratio_max, 1U);
  ASSERT_TRUE(adapter.decompress({}, std::size_t{1} << 40, out));
  EXPECT_EQ(last_options.output_ratio_max, 0xffffffffU);
}

TEST_F(codec_adapter_test, the_line_names_the_call_that_failed) {
  adapter.give_to(around.make(throwing_plugin));
  start_fails = true;
  byte_buffer out;
  EXPECT_EQ(adapter.decompress(byte_buffer(10), 100, out).error(), record::errc::codec_failed);
  start_fails = false;
  ASSERT_FALSE(around.log.lines.empty());
  EXPECT_EQ(around.log.lines.back(), "doubling/rule: start: not this one");
}

TEST_F(codec_adapter_test, a_slow_call_is_an_overrun_whose_output_counts) {
  step_takes = &around.clock;
  byte_buffer out;
  const byte_buffer packed(10);
  EXPECT_TRUE(adapter.decompress(packed, 100, out));
  EXPECT_EQ(adapter.figures().overruns, 1U);
  EXPECT_EQ(adapter.figures().errors, 0U);
  for (int i = 0; i < 100; ++i) {
    static_cast<void>(adapter.decompress(packed, 100, out));
  }
  EXPECT_EQ(adapter.figures().breaker_state, breaker::state::open);
  step_takes = nullptr;
  around.clock.advance(std::chrono::seconds(10));
  EXPECT_TRUE(adapter.decompress(packed, 100, out));
  // Ten milliseconds are fine for that much.
  step_takes = &around.clock;
  EXPECT_TRUE(adapter.decompress(byte_buffer(20'000), 100'000, out));
  EXPECT_EQ(adapter.figures().breaker_state, breaker::state::closed);
  step_takes = nullptr;
}

TEST_F(codec_adapter_test, a_state_that_could_not_be_opened_is_tried_again_after_a_while) {
  opening_fails = true;
  byte_buffer out;
  EXPECT_EQ(adapter.decompress(byte_buffer(10), 100, out).error(), record::errc::codec_failed);
  opening_fails = false;
  EXPECT_EQ(adapter.decompress(byte_buffer(10), 100, out).error(), record::errc::codec_failed);
  around.clock.advance(std::chrono::seconds(10));
  EXPECT_TRUE(adapter.decompress(byte_buffer(10), 100, out));
}

TEST_F(codec_adapter_test, another_instance_takes_over_between_two_batches) {
  const byte_buffer packed = compressed(random_bytes(10));
  byte_buffer out;
  ASSERT_TRUE(adapter.decompress(packed, 100, out));
  const std::weak_ptr<const instance> before = adapter.holder();
  adapter.give_to(around.make(doubling_plugin));
  EXPECT_FALSE(before.expired());
  ASSERT_TRUE(adapter.decompress(packed, 100, out));
  EXPECT_TRUE(before.expired());
  EXPECT_EQ(states, 1);
  adapter.give_to(nullptr);
  adapter.let_go_here();
  EXPECT_EQ(states, 0);
  EXPECT_EQ(adapter.decompress(packed, 100, out).error(), record::errc::codec_failed);
}

}  // namespace
}  // namespace tidemill::extension
