// The same extensions on threads of their own, as in the broker: for ThreadSanitizer.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <mutex>

#include "extension/extension_host.hpp"
#include "io/asio/loop_thread.hpp"
#include "io/asio/thread_pool.hpp"
#include "io/posix_disk.hpp"
#include "io/system_clock.hpp"
#include "partition/partitioner_check.hpp"
#include "tests/unit/extension/scripted_plugin.hpp"

namespace tidemill::extension {
namespace {

namespace fs = std::filesystem;

class counting_log final : public extension_log {
 public:
  void write(line_level, std::string_view, std::string_view, std::string_view) noexcept override {
    ++lines;
  }
  [[nodiscard]] bool is_on(line_level) const noexcept override { return true; }
  std::atomic<int> lines{0};
};

/// Two shards on threads, each of which verifies one batch after another until it is told to end.
class extension_host_threads : public ::testing::Test {
 protected:
  extension_host_threads() {
    fs::remove_all(home_);
    fs::create_directories(plugins_);
    install(1);
    all_ = make_extensions({{&first_.loop(), &second_.loop()},
                            control_,
                            pool_,
                            *disk_,
                            clock_,
                            log_,
                            (home_ / "copies").string(),
                            "0.1.0"});
    first_.start();
    second_.start();
  }
  ~extension_host_threads() override {
    std::promise<void> stopped;
    first_.loop().post([&] { all_->stop([&] { stopped.set_value(); }); });
    stopped.get_future().wait();
    first_.stop();
    second_.stop();
    control_.stop();
    pool_.stop();
    all_.reset();
    fs::remove_all(home_);
  }

  void install(int version) const {
    const fs::path next = plugins_ / "versioned.next";
    fs::copy_file(
        fs::path(TIDEMILL_TEST_PLUGIN_DIRECTORY) / ("versioned_" + std::to_string(version) + ".so"),
        next);
    fs::permissions(next, fs::perms(0644));
    fs::rename(next, plugins_ / "versioned.so");
  }
  /// From the test's thread: a load on the first shard, to its end.
  load_outcome load() {
    std::promise<load_outcome> made;
    first_.loop().post([&] {
      wanted_extensions wanted;
      wanted.directories = {plugins_.string()};
      all_->load(std::move(wanted), [&](load_outcome now) { made.set_value(std::move(now)); });
    });
    return made.get_future().get();
  }
  extension_report report() {
    std::promise<extension_report> got;
    first_.loop().post(
        [&] { all_->report([&](extension_report now) { got.set_value(std::move(now)); }); });
    return got.get_future().get();
  }
  partition::partitioner_check& check() {
    std::promise<partition::partitioner_check*> got;
    first_.loop().post([&] { got.set_value(all_->partitioner("versioned", verify_mode::reject)); });
    return *got.get_future().get();
  }

  /// One batch on the shard; then itself again behind what else waits there.
  void verify(io::event_loop& loop, std::uint32_t shard, partition::partitioner_check& by) {
    const record::batch_view batch(batch_);
    partition::objections found;
    by.verify(testing::destination(shard), batch, batch.records_bytes(), found);
    ++verified_;
    // Version 1 lets record and partition be, version 2 does not: nothing else may come out.
    if (!found.records.empty() &&
        found.records.front().message.find("partition 2") == std::string::npos) {
      ++wrong_;
    }
    if (is_ending_) {
      return ended_[shard].set_value();
    }
    loop.post([this, &loop, shard, &by] { verify(loop, shard, by); });
  }
  void begin(partition::partitioner_check& by) {
    first_.loop().post([this, &by] { verify(first_.loop(), 0, by); });
    second_.loop().post([this, &by] { verify(second_.loop(), 1, by); });
  }
  void end() {
    is_ending_ = true;
    for (std::promise<void>& each : ended_) {
      each.get_future().wait();
    }
  }

  std::atomic<std::uint64_t> verified_{0};
  std::atomic<std::uint64_t> wrong_{0};

 private:
  fs::path home_ = fs::temp_directory_path() / ("tidemill-threads-" + std::to_string(::getpid()));
  fs::path plugins_ = home_ / "plugins";
  io::system_clock clock_;
  counting_log log_;
  std::unique_ptr<io::disk> disk_ = io::make_posix_disk();
  io::asio::thread_pool control_{1};
  io::asio::thread_pool pool_{1};
  io::asio::loop_thread first_{"first"};
  io::asio::loop_thread second_{"second"};
  std::unique_ptr<extensions> all_;
  const byte_buffer batch_ = testing::batch_of({"key", "other"});
  std::atomic<bool> is_ending_{false};
  std::array<std::promise<void>, 2> ended_;
};

TEST_F(extension_host_threads, versions_change_and_figures_are_read_while_shards_verify) {
  ASSERT_EQ(load().plugins, 1U);
  begin(check());
  for (int round = 0; round < 20; ++round) {
    install(round % 2 == 0 ? 2 : 1);
    EXPECT_TRUE(load().problems.empty());
    EXPECT_EQ(report().mapped_files, 2U);
  }
  end();
  EXPECT_EQ(wrong_, 0U);
  const extension_report last = report();
  EXPECT_EQ(last.loads, 21U);
  ASSERT_EQ(last.instances.size(), 1U);
  EXPECT_EQ(last.instances[0].kinds.at(0).figures.calls, verified_);
}

}  // namespace
}  // namespace tidemill::extension
