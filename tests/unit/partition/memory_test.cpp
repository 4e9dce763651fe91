// What a partition costs while nobody uses it. Measured with the allocator's own count, so it is
// skipped where a sanitizer replaces the allocator.
#include <malloc.h>

#include "partition/shard_context.hpp"
#include "tests/unit/partition/shard_fixture.hpp"

namespace tidemill::partition {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool allocator_counts = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool allocator_counts = false;
#else
constexpr bool allocator_counts = true;
#endif
#else
constexpr bool allocator_counts = true;
#endif

std::size_t bytes_in_use() {
  return mallinfo2().uordblks;
}

class memory : public shard_fixture {
 protected:
  void SetUp() override {
    if (!allocator_counts) {
      GTEST_SKIP() << "the allocator is not the usual one";
    }
  }
  void assign(int count) {
    const auto shared_policy = std::make_shared<const topic_policy>(policy_);
    for (int i = 0; i < count; ++i) {
      assignment made = assignment_of();
      made.topic_name = "a-topic-with-a-name-of-usual-length";
      made.policy = shared_policy;
      host_->assign(key_of(i), std::move(made));
    }
  }
};

TEST_F(memory, assigned_and_never_opened_stays_below_one_kib) {
  constexpr std::size_t count = 10'000;
  const std::size_t before = bytes_in_use();
  assign(count);
  const std::size_t each = (bytes_in_use() - before) / count;
  RecordProperty("bytes_per_assigned_partition", static_cast<int>(each));
  std::cout << "assigned: " << each << " bytes, partition " << sizeof(partition) << '\n';
  EXPECT_LE(each, 1024u);
}

TEST_F(memory, open_and_never_written_stays_below_four_kib_more) {
  constexpr std::size_t count = 10'000;
  assign(count);
  const std::size_t before = bytes_in_use();
  for (std::size_t i = 0; i < count; ++i) {
    host_->open(key_of(static_cast<int>(i)), [](const result<partition*>&) {});
  }
  const std::size_t each = (bytes_in_use() - before) / count;
  std::cout << "open, empty: " << each << " bytes more, open_state " << sizeof(open_state) << '\n';
  EXPECT_EQ(host_->count().open, count);
  EXPECT_LE(each, 4096u);
}

TEST_F(memory, open_with_records_and_idle_stays_below_four_kib_more) {
  constexpr int count = 300;
  for (int i = 0; i < count; ++i) {
    append(open(i), {});
  }
  stop();
  start();
  for (int i = 0; i < count; ++i) {
    host_->assign(key_of(i), assignment_of());
  }
  const std::size_t before = bytes_in_use();
  for (int i = 0; i < count; ++i) {
    host_->open(key_of(i), [](const result<partition*>&) {});
  }
  loop_.run();
  const std::size_t each = (bytes_in_use() - before) / count;
  std::cout << "open, with records: " << each << " bytes more\n";
  EXPECT_LE(each, 4096u);
}

}  // namespace
}  // namespace tidemill::partition
