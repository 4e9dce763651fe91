// A log that is compacted under a random workload on a disk that loses what was not synced. The
// model is the list of all records that were ever appended. Whatever happens:
//   - a record that is read is one that was appended, at its offset, with its time;
//   - playing the log gives the same last values as playing all that was appended up to its end;
//   - below where a whole pass has ended each key is there at most once;
//   - the last batch of each producer is there, every offset can be read from, and writing goes on.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "log/data_directory.hpp"
#include "tests/support/compacted_log.hpp"
#include "tests/support/simulation_seeds.hpp"

namespace tidemill::log {
namespace {

using test::seen_record;
using test::seen_records;
using test::simulated_log;

constexpr const char* name = "topic-0";

struct totals {
  std::uint64_t crashes = 0;
  std::uint64_t crashes_in_passes = 0;
  std::uint64_t passes = 0;
  std::uint64_t exchanges = 0;
  std::uint64_t overtaken = 0;
  std::uint64_t removed = 0;
  std::uint64_t tombstones_gone = 0;
  std::uint64_t empty_batches = 0;
  std::uint64_t clean_restarts = 0;
};

class simulation {
 public:
  simulation(std::uint64_t seed, totals& sums)
      : random_(seed * 104'729 + 3), on_(seed), sums_(sums) {
    on_.options.segment_size_bytes_max = 400 + random_.below(3000);
    on_.options.index_interval_bytes = static_cast<std::uint32_t>(random_.below(400));
    key_count_ = 3 + random_.below(40);
    how_.policy.delete_retention = std::chrono::milliseconds(random_.below(5000));
    how_.memory_bytes_max = random_.one_in(3) ? 36 * 64 : 1 << 20;
    how_.step_size_bytes = 1 + random_.below(3000);
    on_.disk.settle();
  }

  /// Random crashes among random work.
  std::uint64_t run(int crashes) {
    start();
    for (int crash = 0; crash < crashes && !::testing::Test::HasFailure(); ++crash) {
      on_.disk.power_off_after(1 + random_.below(150));
      for (int step = 0; step < 600 && !on_.disk.is_off(); ++step) {
        work();
      }
      crash_and_check();
    }
    return on_.disk.trace_hash();
  }

  /// A crash at the n-th change of a pass over a log that is ready for it; answers how many changes
  /// there were.
  std::uint64_t run_pass_until(std::uint64_t change) {
    start();
    for (int step = 0; step < 60; ++step) {
      append();
    }
    static_cast<void>(log_->roll());
    flush();
    on_.clock.advance(std::chrono::seconds(20));
    const std::uint64_t before = on_.disk.changes();
    on_.disk.power_off_after(change);
    for (int pass = 0; pass < 2 && !on_.disk.is_off(); ++pass) {
      do {
        compact_a_bit();
      } while (job_ != nullptr && !on_.disk.is_off());
      append();
      flush();
      on_.clock.advance(std::chrono::seconds(20));
    }
    const std::uint64_t changes = on_.disk.changes() - before;
    crash_and_check();
    return changes;
  }

 private:
  void crash_and_check() {
    sums_.crashes_in_passes += job_ != nullptr ? 1 : 0;
    if (log_ != nullptr) {
      log_->abandon();
    }
    job_.reset();
    log_.reset();
    directory_.reset();
    jobs_ = deletion_job();
    on_.disk.crash();
    ++sums_.crashes;
    start();
    if (!::testing::Test::HasFatalFailure()) {
      check();
    }
  }

  void start() {
    auto directory = data_directory::open(on_.disk, "/data");
    if (!directory && on_.disk.is_off()) {
      return;
    }
    ASSERT_TRUE(directory) << directory.error().message();
    directory_ = std::move(*directory);
    EXPECT_TRUE(directory_->warnings().empty());
    known_log known = directory_->take(name);
    open_request request;
    request.directory = directory_->path_of(name);
    request.options = std::make_shared<log_options>(on_.options);
    request.exists = known.exists;
    request.log_start = known.log_start;
    request.recovery_point = known.recovery_point;
    request.clean = std::move(known.clean);
    request.was_compacted = known.cleaned_to.has_value();
    how_.cleaned_to = known.cleaned_to;
    auto opened = log::open({on_.disk, on_.clock, on_.open_logs}, std::move(request), on_.report);
    if (!opened && on_.disk.is_off()) {
      return;
    }
    ASSERT_TRUE(opened) << opened.error().message() << " segment "
                        << on_.report.damage.segment.value_or(offset{-1}).value() << " position "
                        << on_.report.damage.position << " found " << on_.report.damage.found
                        << " expected " << on_.report.damage.expected;
    log_ = std::move(*opened);
    clean_below_ = how_.cleaned_to.value_or(offset{0});
  }

  void work() {
    const std::uint64_t choice = random_.below(100);
    if (choice < 35) {
      append();
    } else if (choice < 50) {
      flush();
    } else if (choice < 55) {
      static_cast<void>(log_->roll());
    } else if (choice < 85) {
      compact_a_bit();
    } else if (choice < 90) {
      delete_a_bit();
    } else if (choice < 92) {
      static_cast<void>(directory_->write_checkpoints());
    } else if (choice < 93) {
      advance();
    } else if (choice < 95) {
      log_->release_files();
    } else if (choice < 97) {
      restart_clean();
    } else {
      on_.clock.advance(std::chrono::milliseconds(random_.below(4000)));
    }
  }

  void append() {
    std::vector<seen_record> records;
    for (std::uint64_t count = 1 + random_.below(5); count > 0; --count) {
      seen_record one;
      one.key = "key-" + std::to_string(random_.below(key_count_));
      if (!random_.one_in(5)) {
        one.value = std::to_string(++values_) + std::string(random_.below(40), 'v');
      }
      one.timestamp_ms = on_.clock.wall_now().time_since_epoch().count() -
                         static_cast<std::int64_t>(random_.below(3000));
      records.push_back(std::move(one));
    }
    std::optional<record::batch_producer> producer;
    if (random_.one_in(3)) {
      const auto id = static_cast<std::int64_t>(random_.below(4));
      producer =
          record::batch_producer{producer_id{id}, producer_epoch{0},
                                 sequence{static_cast<std::int32_t>(log_->log_end().value())}};
    }
    const auto appended = on_.append(*log_, test::make_keyed_batch(records, producer));
    directory_->note_created(name);
    // Even of a failed append the disk may keep all.
    offset at = appended ? appended->base_offset : log_->log_end();
    ever_.erase(ever_.lower_bound(at), ever_.end());
    producers_.erase(producers_.lower_bound(at), producers_.end());
    for (seen_record& one : records) {
      ever_[at] = std::move(one);
      at = next(at);
    }
    if (producer) {
      producers_[at - offset_delta{1}] = producer->id.value();
    }
  }

  void flush() {
    if (log_->write_obstacle()) {
      return;
    }
    auto job = log_->begin_flush(true);
    if (!job) {
      return;
    }
    if (!job->empty()) {
      const auto outcome = job->run();
      job->finish(outcome);
    }
    if (!log_->write_obstacle()) {
      directory_->set_recovery_point(name, log_->recovery_point());
    }
  }

  void begin_pass() {
    how_.producers.clear();
    for (const auto& [at, id] : producers_) {
      if (at < log_->log_end()) {
        last_batch& last = how_.producers[id];
        if (at < log_->recovery_point()) {
          last.last_offset = at;
        }
        // As the broker: sometimes nothing durable is remembered.
        last.is_unknown = at >= log_->recovery_point() && random_.one_in(2);
        last.last_offset = last.is_unknown ? std::nullopt : last.last_offset;
      }
    }
    job_ = test::make_pass(on_, *log_, how_);
    if (job_ != nullptr && !how_.cleaned_to) {
      // From now on the log may have gaps, and whoever opens it has to know.
      how_.cleaned_to = log_->log_start();
      directory_->set_cleaned_to(name, *how_.cleaned_to);
      if (!directory_->write_checkpoints()) {
        job_.reset();
      }
    }
  }

  void compact_a_bit() {
    if (job_ == nullptr) {
      begin_pass();
    }
    if (job_ == nullptr) {
      return;
    }
    const auto progress = job_->run_step();
    if (!progress) {
      // The disk is off, or the log has lost a segment to an advance of its start.
      EXPECT_TRUE(on_.disk.is_off() || io::is_missing(progress.error()) ||
                  progress.error() == errc::corrupt)
          << progress.error().message();
      sums_.overtaken += on_.disk.is_off() ? 0 : 1;
      job_.reset();
      return;
    }
    if (*progress == compaction_job::progress::segment_ready) {
      exchange();
    } else if (*progress == compaction_job::progress::done) {
      end_pass();
    }
  }

  void exchange() {
    auto replaced = log_->replace(job_->take_segment());
    if (replaced) {
      ++sums_.exchanges;
      jobs_.absorb(std::move(*replaced));
      return;
    }
    EXPECT_TRUE(on_.disk.is_off() || replaced.error() == errc::overtaken)
        << replaced.error().message();
    sums_.overtaken += on_.disk.is_off() ? 0 : 1;
    job_.reset();
  }

  void end_pass() {
    ++sums_.passes;
    sums_.removed += job_->count().records_removed;
    const offset to = job_->cleaned_to();
    job_.reset();
    if (!on_.disk.sync_directory(log_->directory())) {
      return;
    }
    how_.cleaned_to = to;
    directory_->set_cleaned_to(name, to);
    if (directory_->write_checkpoints()) {
      clean_below_ = to;
    }
    check_unique();
  }

  void delete_a_bit() {
    if (!jobs_.empty()) {
      static_cast<void>(jobs_.run_step());
    }
  }

  void advance() {
    const auto length = (log_->recovery_point() - log_->log_start()).value();
    if (length <= 0) {
      return;
    }
    const offset to =
        log_->log_start() +
        offset_delta{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(length)))};
    directory_->set_log_start(name, to);
    if (!directory_->write_checkpoints()) {
      return;
    }
    auto removal = log_->advance_start(to);
    ASSERT_TRUE(removal);
    jobs_.absorb(std::move(*removal));
  }

  void restart_clean() {
    job_.reset();
    auto state = log_->close();
    if (!state) {
      return;
    }
    log_.reset();
    directory_->put_clean(name, std::move(*state));
    const bool closed = directory_->close_clean(1).has_value();
    directory_.reset();
    jobs_ = deletion_job();
    if (!closed || on_.disk.is_off()) {
      return;
    }
    ++sums_.clean_restarts;
    start();
    if (!::testing::Test::HasFatalFailure() && !on_.disk.is_off()) {
      check();
    }
  }

  void check() {
    ASSERT_NE(log_, nullptr);
    const auto batches = test::read_batches(*log_, 1 + random_.below(1500));
    seen_records found;
    std::map<std::int64_t, offset> last_of;
    for (const byte_buffer& bytes : batches) {
      const record::batch_view batch(bytes);
      test::add_records(batch, found);
      sums_.empty_batches += batch.record_count() == 0 ? 1 : 0;
      if (const auto id = batch.producer_id()) {
        last_of[id->value()] = batch.last_offset();
      }
    }
    if (log_->log_start() < log_->log_end()) {
      ASSERT_FALSE(batches.empty());
      ASSERT_EQ(record::batch_view(batches.back()).next_offset(), log_->log_end())
          << "log start " << log_->log_start().value() << ", recovery point "
          << log_->recovery_point().value() << ", segments " << log_->segment_count()
          << ", last one at " << log_->segments().back().base_offset.value();
    }
    // What lies above the end did not survive.
    ever_.erase(ever_.lower_bound(log_->log_end()), ever_.end());
    producers_.erase(producers_.lower_bound(log_->log_end()), producers_.end());
    for (const auto& [at, one] : found) {
      const auto appended = ever_.find(at);
      ASSERT_NE(appended, ever_.end()) << "never appended at " << at.value();
      ASSERT_EQ(one, appended->second) << at.value();
    }
    check_values(found);
    for (const auto& [at, id] : producers_) {
      if (at >= log_->log_start()) {
        ASSERT_TRUE(last_of.contains(id)) << id;
        ASSERT_GE(last_of[id], at) << id;
      }
    }
    for (int probe = 0; probe < 20 && log_->log_start() < log_->log_end(); ++probe) {
      const offset at =
          log_->log_start() +
          offset_delta{static_cast<std::int64_t>(random_.below(
              static_cast<std::uint64_t>((log_->log_end() - log_->log_start()).value())))};
      const auto slice = log_->read(at, {.size_bytes_max = 1});
      ASSERT_TRUE(slice) << at.value() << ' ' << slice.error().message();
      ASSERT_GT(slice->end, at);
    }
    check_unique();
  }

  /// Records below the log start may be there or not: only keys that were written above count.
  void check_values(const seen_records& found) {
    seen_records all = ever_;
    all.erase(all.begin(), all.lower_bound(log_->log_start()));
    seen_records here = found;
    here.erase(here.begin(), here.lower_bound(log_->log_start()));
    ASSERT_EQ(test::replay(here), test::replay(all));
    std::set<std::string> there;
    for (const auto& [at, one] : here) {
      if (!one.value) {
        there.insert(one.key);
      }
    }
    for (const auto& [at, one] : all) {
      sums_.tombstones_gone += !one.value && !there.contains(one.key) ? 1 : 0;
    }
  }

  void check_unique() {
    if (log_ == nullptr || on_.disk.is_off()) {
      return;
    }
    std::set<std::string> keys;
    for (const auto& [at, one] : test::read_records(*log_)) {
      if (at >= log_->log_start() && at < clean_below_) {
        ASSERT_TRUE(keys.insert(one.key).second)
            << one.key << " at " << at.value() << ", clean below " << clean_below_.value();
      }
    }
  }

  test::seeded_random random_;
  simulated_log on_;
  totals& sums_;
  std::uint64_t key_count_ = 0;
  std::uint64_t values_ = 0;
  test::pass_options how_;
  offset clean_below_{0};
  std::unique_ptr<data_directory> directory_;
  std::unique_ptr<log> log_;
  std::unique_ptr<compaction_job> job_;
  deletion_job jobs_;
  seen_records ever_;
  /// Last offset and producer of each batch that has one.
  std::map<offset, std::int64_t> producers_;
};

void print(const totals& sums) {
  std::printf(
      "crashes %llu, in passes %llu, passes %llu, exchanges %llu, overtaken %llu, records removed "
      "%llu, tombstones gone %llu, empty batches %llu, clean restarts %llu\n",
      static_cast<unsigned long long>(sums.crashes),
      static_cast<unsigned long long>(sums.crashes_in_passes),
      static_cast<unsigned long long>(sums.passes), static_cast<unsigned long long>(sums.exchanges),
      static_cast<unsigned long long>(sums.overtaken),
      static_cast<unsigned long long>(sums.removed),
      static_cast<unsigned long long>(sums.tombstones_gone),
      static_cast<unsigned long long>(sums.empty_batches),
      static_cast<unsigned long long>(sums.clean_restarts));
}

TEST(log_compaction, random_crash_points_keep_the_last_value_of_every_key) {
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
    simulation(seed, sums).run(5);
    if (HasFailure()) {
      break;
    }
  }
  print(sums);
  if (seeds.size() >= 1000) {
    EXPECT_EQ(sums.crashes, seeds.size() * 5);
    EXPECT_GT(sums.crashes_in_passes, seeds.size());
    EXPECT_GT(sums.passes, seeds.size());
    EXPECT_GT(sums.exchanges, sums.passes / 2);
    EXPECT_GT(sums.overtaken, 20U);
    EXPECT_GT(sums.removed, 10 * seeds.size());
    EXPECT_GT(sums.tombstones_gone, seeds.size());
    EXPECT_GT(sums.empty_batches, seeds.size());
    EXPECT_GT(sums.clean_restarts, 100U);
  }
}

TEST(log_compaction, crash_at_every_operation_of_a_pass_leaves_the_old_or_the_new) {
  totals sums;
  std::uint64_t operations = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const std::uint64_t changes = simulation(seed, sums).run_pass_until(std::uint64_t{1} << 60);
    ASSERT_GT(changes, 10U) << seed;
    for (std::uint64_t change = 1; change <= changes && !HasFailure(); ++change) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", change " + std::to_string(change));
      simulation(seed, sums).run_pass_until(change);
      ++operations;
    }
  }
  print(sums);
  EXPECT_GT(operations, 300U);
  EXPECT_GT(sums.exchanges, 100U);
}

TEST(log_compaction, same_seed_gives_the_same_trace) {
  totals sums;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::uint64_t first = simulation(seed, sums).run(3);
    EXPECT_EQ(simulation(seed, sums).run(3), first) << seed;
  }
}

}  // namespace
}  // namespace tidemill::log
