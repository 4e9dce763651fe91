// One log under a random workload on a disk that loses what was not synced. Power fails at random
// points; after each crash the data directory is opened again and compared with what was promised:
//   - what was synced is there, byte by byte, unless it was deleted or truncated since;
//   - the log is a gapless sequence of batches that were once appended at just these offsets;
//   - every offset can be read, and writing goes on.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "log/data_directory.hpp"
#include "tests/support/log_builder.hpp"
#include "tests/support/simulation_seeds.hpp"

namespace tidemill::log {
namespace {

using test::make_batch;
using test::simulated_log;
using operation = test::simulated_disk::operation;

constexpr const char* name = "topic-0";
constexpr int crashes_per_seed = 5;

struct totals {
  std::uint64_t crashes = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t cut = 0;
  std::uint64_t truncations = 0;
  std::uint64_t removals = 0;
  std::uint64_t unsynced_removals = 0;
  std::uint64_t refused_checkpoints = 0;
  std::uint64_t clean_restarts = 0;
  std::uint64_t disk_full = 0;
  std::uint64_t failed_syncs = 0;
  std::uint64_t kept_beyond = 0;
};

class simulation {
 public:
  simulation(std::uint64_t seed, totals& sums) : random_(seed * 7919 + 1), on_(seed), sums_(sums) {
    on_.options.segment_size_bytes_max = 600 + random_.below(4000);
    on_.options.index_interval_bytes = static_cast<std::uint32_t>(random_.below(600));
    on_.options.index_size_bytes_max = 200 + static_cast<std::uint32_t>(random_.below(2000));
  }

  std::uint64_t run() {
    start(false);
    for (int crash = 0; crash < crashes_per_seed && !::testing::Test::HasFailure(); ++crash) {
      on_.disk.power_off_after(1 + random_.below(120));
      for (int step = 0; step < 400 && !on_.disk.is_off(); ++step) {
        work();
      }
      if (log_ != nullptr) {
        log_->abandon();
      }
      log_.reset();
      directory_.reset();
      jobs_ = deletion_job();
      on_.disk.crash();
      ++sums_.crashes;
      start(true);
      if (!::testing::Test::HasFatalFailure()) {
        check();
      }
    }
    return on_.disk.trace_hash();
  }

 private:
  void start(bool after_crash, bool rewrite = false) {
    auto directory = data_directory::open(on_.disk, "/data");
    if (!directory && on_.disk.is_off()) {
      return;
    }
    ASSERT_TRUE(directory) << directory.error().message();
    directory_ = std::move(*directory);
    EXPECT_TRUE(directory_->warnings().empty());
    open_log(rewrite);
    if (after_crash && log_ != nullptr) {
      EXPECT_GE(log_->log_end(), acknowledged_) << on_.report.recovery_point.value();
      sums_.kept_beyond += log_->log_end() > acknowledged_ ? 1 : 0;
      sums_.cut += on_.report.cut_bytes > 0 ? 1 : 0;
    }
  }

  void open_log(bool rewrite) {
    known_log known = directory_->take(name);
    was_clean_ = known.clean.has_value();
    open_request request;
    request.directory = directory_->path_of(name);
    request.options = std::make_shared<log_options>(on_.options);
    request.exists = known.exists;
    request.log_start = known.log_start;
    request.recovery_point = known.recovery_point;
    request.clean = std::move(known.clean);
    request.rewrite_tail = rewrite;
    auto opened = log::open({on_.disk, on_.clock, on_.open_logs}, std::move(request), on_.report);
    if (!opened && on_.disk.is_off()) {
      return;
    }
    ASSERT_TRUE(opened) << opened.error().message() << " segment "
                        << on_.report.damage.segment.value_or(offset{-1}).value() << " position "
                        << on_.report.damage.position;
    log_ = std::move(*opened);
  }

  void work() {
    ASSERT_NE(log_, nullptr);
    const std::uint64_t choice = random_.below(100);
    if (choice < 46) {
      append();
    } else if (choice < 50) {
      expire();
    } else if (choice < 68) {
      flush();
    } else if (choice < 74) {
      static_cast<void>(directory_->write_checkpoints());
    } else if (choice < 78) {
      truncate();
    } else if (choice < 83) {
      advance();
    } else if (choice < 88) {
      delete_a_bit();
    } else if (choice < 91) {
      log_->release_files();
    } else if (choice < 93) {
      static_cast<void>(log_->roll());
    } else if (choice < 95) {
      restart_clean();
    } else if (choice < 97) {
      fill_disk();
    } else if (choice < 98) {
      fail_sync();
    } else {
      on_.clock.advance(std::chrono::hours(30));
    }
  }

  void append() {
    std::vector<byte_buffer> batches;
    for (std::uint64_t count = 1 + random_.below(4); count > 0; --count) {
      batches.push_back(make_batch(1 + static_cast<int>(random_.below(5)), random_.below(700),
                                   on_.clock.wall_now().time_since_epoch().count() +
                                       static_cast<std::int64_t>(random_.below(1000))));
    }
    std::vector<mutable_bytes> views(batches.begin(), batches.end());
    const offset before = log_->log_end();
    const auto appended = log_->append(views, leader_epoch{epoch_});
    directory_->note_created(name);
    // Even of a failed append the disk may keep something.
    for (const byte_buffer& batch : batches) {
      ever_[record::batch_view(batch).base_offset()].insert(batch);
    }
    if (appended) {
      EXPECT_EQ(appended->base_offset, before);
      for (const byte_buffer& batch : batches) {
        now_[record::batch_view(batch).base_offset()] = batch;
      }
    } else {
      EXPECT_EQ(log_->log_end(), before);
      if (log_->write_obstacle() && !on_.disk.is_off()) {
        reopen();
      }
    }
  }

  void flush() {
    auto job = log_->begin_flush(random_.one_in(2));
    if (!job) {
      return;
    }
    if (!job->empty()) {
      const auto outcome = job->run();
      job->finish(outcome);
    }
    if (!log_->write_obstacle()) {
      EXPECT_EQ(log_->recovery_point(), log_->log_end());
      acknowledged_ = log_->recovery_point();
      ++sums_.acknowledged;
      directory_->set_recovery_point(name, log_->recovery_point());
    } else if (!on_.disk.is_off()) {
      ++sums_.failed_syncs;
      reopen();
    }
  }

  void truncate() {
    const auto length = (log_->log_end() - log_->log_start()).value();
    const offset to = log_->log_start() + offset_delta{static_cast<std::int64_t>(random_.below(
                                              static_cast<std::uint64_t>(length) + 1))};
    if (to <= log_->log_start()) {
      return;
    }
    // The cut falls on the start of the batch that holds `to`, ten offsets before it at most.
    if (to < log_->recovery_point() + offset_delta{10}) {
      directory_->set_recovery_point(name, to - offset_delta{10});
      if (to.value() < 10) {
        directory_->set_recovery_point(name, offset{0});
      }
    }
    directory_->set_log_start(name, log_->log_start());
    if (!directory_->write_checkpoints()) {
      return;
    }
    acknowledged_ =
        std::min(acknowledged_, to - offset_delta{std::min<std::int64_t>(10, to.value())});
    auto job = log_->truncate_to(to);
    if (!job) {
      if (!on_.disk.is_off()) {
        reopen();
      }
      return;
    }
    ++epoch_;
    ++sums_.truncations;
    acknowledged_ = std::min(acknowledged_, log_->log_end());
    jobs_.absorb(std::move(*job));
    now_.erase(now_.lower_bound(log_->log_end()), now_.end());
  }

  void advance() {
    const auto length = (log_->log_end() - log_->log_start()).value();
    const offset to = log_->log_start() + offset_delta{static_cast<std::int64_t>(random_.below(
                                              static_cast<std::uint64_t>(length) + 1))};
    directory_->set_log_start(name, to);
    auto job = log_->advance_start(to);
    ASSERT_TRUE(job) << job.error().message();
    ++sums_.removals;
    jobs_.absorb(std::move(*job));
  }

  /// Retention removes what was never synced, as the broker lets it.
  void expire() {
    time_and_size_retention keeps({std::nullopt, random_.below(log_->size_bytes() + 1)});
    const offset high_watermark =
        log_->log_start() +
        offset_delta{static_cast<std::int64_t>(random_.below(
            static_cast<std::uint64_t>((log_->log_end() - log_->log_start()).value()) + 1))};
    auto outcome = log_->apply_retention(
        keeps, random_.one_in(2) ? high_watermark : log_->log_end(), unsynced_segments::may_go);
    if (!outcome) {
      return;
    }
    directory_->set_log_start(name, log_->log_start());
    if (outcome->checkpoint_first) {
      ++sums_.unsynced_removals;
      outcome->deletion.run_first([this, directory = directory_.get()]() -> result<void> {
        if (refuse_checkpoint_) {
          return make_error_code(boost::system::errc::no_space_on_device);
        }
        return directory->write_checkpoints();
      });
    }
    jobs_.absorb(std::move(outcome->deletion));
  }

  void delete_a_bit() {
    if (jobs_.empty()) {
      return;
    }
    refuse_checkpoint_ = random_.one_in(6);
    const bool to_begin = !jobs_.renamed();
    sums_.refused_checkpoints += jobs_.run_step() && to_begin && refuse_checkpoint_ ? 1 : 0;
  }

  void restart_clean() {
    auto state = log_->close();
    if (!state) {
      return;
    }
    acknowledged_ = state->log_end;
    const bool nothing = state->segments.empty();  // on disk
    log_.reset();
    directory_->put_clean(name, std::move(*state));
    const bool closed = directory_->close_clean(1).has_value();
    directory_.reset();
    jobs_ = deletion_job();
    if (on_.disk.is_off()) {
      return;
    }
    EXPECT_TRUE(closed);
    ++sums_.clean_restarts;
    start(false);
    EXPECT_TRUE(was_clean_ || nothing || on_.disk.is_off());
  }

  void fill_disk() {
    on_.disk.set_capacity(log_->size_bytes() + 300);
    for (int attempt = 0; attempt < 3; ++attempt) {
      const bool obstacle = log_->write_obstacle().has_value();
      append();
      sums_.disk_full += !obstacle ? 1 : 0;
    }
    on_.disk.set_capacity(std::numeric_limits<std::uint64_t>::max());
  }

  void fail_sync() {
    on_.disk.fail(operation::sync, 1, EIO);
    flush();
    on_.disk.forget_failures();
  }

  /// What the broker does with a poisoned log.
  void reopen() {
    log_->abandon();
    log_.reset();
    jobs_ = deletion_job();
    open_log(true);
    if (on_.disk.is_off()) {
      return;
    }
    check();
  }

  void check() {
    ASSERT_NE(log_, nullptr);
    EXPECT_GE(log_->log_end(), acknowledged_);
    std::map<offset, byte_buffer> found;
    offset at = log_->log_start();
    while (at < log_->log_end()) {
      const auto slice = log_->read(at, {.size_bytes_max = 1 + random_.below(2000)});
      ASSERT_TRUE(slice) << at.value() << ' ' << slice.error().message();
      ASSERT_FALSE(slice->empty()) << at.value();
      const byte_buffer bytes = simulated_log::bytes_of(*slice);
      record::batch_scanner scanner(bytes);
      while (const auto batch = scanner.next()) {
        const byte_buffer whole(batch->bytes().begin(), batch->bytes().end());
        ASSERT_TRUE(ever_[batch->base_offset()].contains(whole))
            << "never appended at " << batch->base_offset().value();
        if (batch->next_offset() <= acknowledged_) {
          ASSERT_EQ(now_[batch->base_offset()], whole) << batch->base_offset().value();
        }
        found[batch->base_offset()] = whole;
      }
      ASSERT_TRUE(scanner.at_end());
      at = slice->end;
    }
    ASSERT_EQ(at, std::max(log_->log_end(), log_->log_start()));
    // The first batch may begin below the log start.
    const offset first = found.empty() ? log_->log_start() : found.begin()->first;
    now_.erase(now_.lower_bound(std::min(first, log_->log_start())), now_.end());
    now_.merge(found);
  }

  test::seeded_random random_;
  simulated_log on_;
  totals& sums_;
  std::unique_ptr<data_directory> directory_;
  std::unique_ptr<log> log_;
  deletion_job jobs_;
  bool was_clean_ = false;
  bool refuse_checkpoint_ = false;
  std::int32_t epoch_ = 1;
  offset acknowledged_{0};
  std::map<offset, byte_buffer> now_;
  std::map<offset, std::set<byte_buffer>> ever_;
};

TEST(log_crash, random_crash_points_lose_nothing_that_was_synced) {
  totals sums;
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t seed = 1; seed <= test::simulation_seeds(); ++seed) {
    seeds.push_back(seed);
  }
  if (const char* extra = std::getenv("TIDEMILL_SIMULATION_SEED")) {
    seeds.push_back(std::strtoull(extra, nullptr, 10));
  }
  for (const std::uint64_t seed : seeds) {
    SCOPED_TRACE("TIDEMILL_SIMULATION_SEEDS=0 TIDEMILL_SIMULATION_SEED=" + std::to_string(seed));
    simulation(seed, sums).run();
    if (HasFailure()) {
      break;
    }
  }
  RecordProperty("crashes", static_cast<int>(sums.crashes));
  std::printf(
      "crashes %llu, flushes %llu, tails cut %llu, more than promised %llu, truncations "
      "%llu, removals %llu, of unsynced %llu, checkpoints refused %llu, clean restarts %llu, full "
      "disks "
      "%llu, failed syncs %llu\n",
      static_cast<unsigned long long>(sums.crashes),
      static_cast<unsigned long long>(sums.acknowledged), static_cast<unsigned long long>(sums.cut),
      static_cast<unsigned long long>(sums.kept_beyond),
      static_cast<unsigned long long>(sums.truncations),
      static_cast<unsigned long long>(sums.removals),
      static_cast<unsigned long long>(sums.unsynced_removals),
      static_cast<unsigned long long>(sums.refused_checkpoints),
      static_cast<unsigned long long>(sums.clean_restarts),
      static_cast<unsigned long long>(sums.disk_full),
      static_cast<unsigned long long>(sums.failed_syncs));
  if (seeds.size() >= 1000) {
    // A harness that does nothing finds nothing.
    EXPECT_EQ(sums.crashes, seeds.size() * crashes_per_seed);
    EXPECT_GT(sums.acknowledged, sums.crashes);
    EXPECT_GT(sums.cut, sums.crashes / 50);
    EXPECT_GT(sums.kept_beyond, sums.crashes / 50);
    EXPECT_GT(sums.truncations, 100U);
    EXPECT_GT(sums.removals, 100U);
    EXPECT_GT(sums.unsynced_removals, 500U);
    EXPECT_GT(sums.refused_checkpoints, 100U);
    EXPECT_GT(sums.clean_restarts, 100U);
    EXPECT_GT(sums.disk_full, 100U);
    EXPECT_GT(sums.failed_syncs, 100U);
  }
}

TEST(log_crash, same_seed_gives_the_same_trace) {
  totals sums;
  std::set<std::uint64_t> traces;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const std::uint64_t first = simulation(seed, sums).run();
    EXPECT_EQ(simulation(seed, sums).run(), first) << seed;
    traces.insert(first);
  }
  EXPECT_EQ(traces.size(), 30U);
}

}  // namespace
}  // namespace tidemill::log
