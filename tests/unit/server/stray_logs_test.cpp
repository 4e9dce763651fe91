#include "server/stray_logs.hpp"

#include <gtest/gtest.h>

#include "log/partition_metadata.hpp"
#include "metadata/image_builder.hpp"
#include "tests/support/simulated_disk.hpp"

namespace tidemill::server {
namespace {

class counting_random final : public io::random {
 public:
  [[nodiscard]] std::uint64_t next() noexcept override { return ++drawn; }
  std::uint64_t drawn = 0;
};

const topic_id known_id{make_random_uuid(7, 8)};
const topic_id other_id{make_random_uuid(9, 10)};

/// One topic "known": partition 0 on broker 1, partition 1 on broker 2.
std::shared_ptr<const metadata::image> some_image() {
  metadata::image_builder builder(std::make_shared<metadata::image>());
  EXPECT_TRUE(builder.apply(metadata::topic_record{"known", known_id}, log_index{1}));
  for (std::int32_t index = 0; index < 2; ++index) {
    metadata::partition_record one{known_id, partition_index{index}, {}};
    one.state.replicas = one.state.in_sync_replicas = {broker_id{index + 1}};
    EXPECT_TRUE(builder.apply(one, log_index{1}));
  }
  return builder.finish({}).now;
}

struct stray_logs_test : testing::Test {
  std::vector<std::string> moved(topic_id_check check) {
    auto directory = log::data_directory::open(disk, "/data").value();
    std::vector<std::string> names;
    for (const stray_log& one :
         set_strays_aside(disk, *directory, *some_image(), broker_id{1}, check, random)) {
      EXPECT_TRUE(one.moved_to) << one.name;
      EXPECT_FALSE(directory->take(one.name).exists);
      names.push_back(one.name);
    }
    return names;
  }

  test::simulated_disk disk;
  counting_random random;
};

TEST_F(stray_logs_test, logs_without_a_partition_here_are_set_aside) {
  for (const char* name : {"known-0", "known-1", "known-2", "known-00", "unknown-0",
                           "known-99999999999999999999999", "__cluster_metadata-0", "lost+found"}) {
    ASSERT_TRUE(disk.create_directories(std::string("/data/") + name));
  }
  EXPECT_EQ(moved(topic_id_check::read),
            (std::vector<std::string>{"known-00", "known-1", "known-2",
                                      "known-99999999999999999999999", "unknown-0"}));
  EXPECT_TRUE(moved(topic_id_check::read).empty());
}

TEST_F(stray_logs_test, log_of_another_topic_is_set_aside_where_ids_are_read) {
  ASSERT_TRUE(disk.create_directories("/data/known-0"));
  ASSERT_TRUE(log::write_partition_metadata(disk, "/data/known-0", other_id));
  EXPECT_TRUE(moved(topic_id_check::skip).empty());
  EXPECT_EQ(moved(topic_id_check::read), std::vector<std::string>{"known-0"});
}

TEST_F(stray_logs_test, log_with_its_own_id_or_an_unreadable_one_stays) {
  ASSERT_TRUE(disk.create_directories("/data/known-0"));
  ASSERT_TRUE(log::write_partition_metadata(disk, "/data/known-0", known_id));
  EXPECT_TRUE(moved(topic_id_check::read).empty());
  disk.set_content("/data/known-0/partition.metadata", as_bytes("rubbish"));
  EXPECT_TRUE(moved(topic_id_check::read).empty());
}

}  // namespace
}  // namespace tidemill::server
