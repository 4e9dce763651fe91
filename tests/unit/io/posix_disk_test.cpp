#include "io/posix_disk.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace tidemill::io {
namespace {

class posix_disk_test : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "tidemill-disk-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) const { return directory_ + "/" + name; }

  std::unique_ptr<disk> disk_ = make_posix_disk();
  std::string directory_;
};

TEST_F(posix_disk_test, write_at_of_more_pieces_than_one_call_takes_writes_all) {
  auto file = disk_->open(path("a"), open_mode::create).value();
  const std::string text = "abcdefg";
  std::vector<bytes_view> pieces(1000, as_bytes(text));
  pieces[10] = {};
  ASSERT_TRUE(file->write_at(3, pieces));
  EXPECT_EQ(file->size().value(), 3U + 999U * 7U);
  byte_buffer read(7);
  EXPECT_EQ(file->read_at(3 + 998 * 7, read).value(), 7U);
  EXPECT_EQ(as_text(read), text);
}

TEST_F(posix_disk_test, read_at_the_end_returns_what_is_there) {
  auto file = disk_->open(path("a"), open_mode::create).value();
  ASSERT_TRUE(file->write_at(0, as_bytes("hello")));
  byte_buffer read(100);
  EXPECT_EQ(file->read_at(2, read).value(), 3U);
  EXPECT_EQ(file->read_at(5, read).value(), 0U);
  EXPECT_TRUE(file->sync());
  file->start_write_back(0, 5);
  EXPECT_TRUE(file->is_resident(0, 5));
  file->read_ahead(0, 5);
}

TEST_F(posix_disk_test, open_of_a_symbolic_link_is_refused) {
  ASSERT_TRUE(disk_->open(path("real"), open_mode::create));
  std::filesystem::create_symlink(path("real"), path("link"));
  EXPECT_FALSE(disk_->open(path("link"), open_mode::read_write));
  EXPECT_FALSE(disk_->open(path("link"), open_mode::create_truncated));
}

TEST_F(posix_disk_test, open_modes_do_what_they_say) {
  EXPECT_EQ(disk_->open(path("a"), open_mode::read_only).error(),
            boost::system::errc::no_such_file_or_directory);
  ASSERT_TRUE(disk_->open(path("a"), open_mode::create_new).value()->write_at(0, as_bytes("x")));
  EXPECT_EQ(disk_->open(path("a"), open_mode::create_new).error(),
            boost::system::errc::file_exists);
  EXPECT_EQ(disk_->open(path("a"), open_mode::create).value()->size().value(), 1U);
  EXPECT_EQ(disk_->open(path("a"), open_mode::create_truncated).value()->size().value(), 0U);
}

TEST_F(posix_disk_test, directories_are_made_listed_and_removed) {
  ASSERT_TRUE(disk_->create_directories(path("x/y/z")));
  ASSERT_TRUE(disk_->create_directories(path("x/y/z")));
  ASSERT_TRUE(disk_->open(path("x/f"), open_mode::create));
  auto entries = disk_->list(path("x")).value();
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].name, "f");
  EXPECT_FALSE(entries[0].is_directory);
  EXPECT_EQ(entries[1].name, "y");
  EXPECT_TRUE(entries[1].is_directory);
  EXPECT_TRUE(disk_->sync_directory(path("x")));
  EXPECT_TRUE(disk_->rename(path("x/f"), path("x/g")));
  EXPECT_FALSE(disk_->exists(path("x/f")));
  EXPECT_TRUE(disk_->remove(path("x/g")));
  EXPECT_FALSE(disk_->remove_directory(path("x")));
  EXPECT_TRUE(disk_->remove_directory(path("x/y/z")));
  EXPECT_GT(disk_->space(directory_).value().total_bytes, 0U);
}

TEST_F(posix_disk_test, lock_held_by_another_is_refused_until_released) {
  auto held = disk_->lock(path(".lock")).value();
  EXPECT_EQ(disk_->lock(path(".lock")).error(), boost::system::errc::operation_would_block);
  held.reset();
  EXPECT_TRUE(disk_->lock(path(".lock")));
}

TEST_F(posix_disk_test, replace_file_leaves_the_new_content_only) {
  ASSERT_TRUE(replace_file(*disk_, path("m"), as_bytes("one")));
  ASSERT_TRUE(replace_file(*disk_, path("m"), as_bytes("two!")));
  EXPECT_EQ(as_text(read_whole_file(*disk_, path("m"), 100).value()), "two!");
  EXPECT_FALSE(read_whole_file(*disk_, path("m"), 3));
  EXPECT_EQ(disk_->list(directory_).value().size(), 1U);
}

}  // namespace
}  // namespace tidemill::io
