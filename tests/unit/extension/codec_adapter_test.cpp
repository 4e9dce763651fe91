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

/// "Compresses" each byte into two; damaged when they differ.
class doubling {
 public:
  static constexpr sdk::about about{"doubling", "1.0.0", "Apache-2.0", "Doubles."};
  static constexpr sdk::codec_facts codec{TIDEMILL_CODEC_GZIP, "gzip"};
  static std::uint64_t compressed_bytes_max(std::uint64_t input_bytes) { return 2 * input_bytes; }

  struct shard {
    explicit shard(const doubling&) { ++states; }
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

struct codec_adapter_test : ::testing::Test {
  testing::surroundings around;
  codec_adapter adapter{around.environment};

  codec_adapter_test() {
    next_status = TIDEMILL_OK;
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
