#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "io/random.hpp"
#include "partition/host.hpp"
#include "record/batch_builder.hpp"
#include "tests/support/manual_event_loop.hpp"
#include "tests/support/simulated_disk.hpp"

namespace tidemill::partition {

class counting_random final : public io::random {
 public:
  [[nodiscard]] std::uint64_t next() noexcept override { return ++value_ * 0x9e3779b97f4a7c15ULL; }

 private:
  std::uint64_t value_ = 0;
};

class remembering_listener final : public host_listener {
 public:
  void recovered(std::string_view name, const log::recovery_report&) override {
    recoveries.emplace_back(name);
  }
  void failed(std::string_view name, std::string_view what, error_code error) override {
    failures.push_back(std::string(name) + ": " + std::string(what) + ": " + error.message());
  }
  void codec_missing(std::string_view name, record::compression_type compression) override {
    missing_codecs.push_back(std::string(name) + ": " +
                             std::to_string(static_cast<int>(compression)));
  }
  std::vector<std::string> recoveries;
  std::vector<std::string> missing_codecs;
  std::vector<std::string> failures;
};

/// A batch as a producer sends it.
struct produced {
  int producer = -1;
  int epoch = 0;
  std::int32_t first_sequence = 0;
  int count = 1;
  bool transactional = false;
  std::string value = "value";
  std::int64_t timestamp_ms = 1'700'000'000'000;
};

inline byte_buffer make_batch(const produced& what) {
  record::batch_options options;
  if (what.producer >= 0) {
    options.producer = record::batch_producer{producer_id{what.producer},
                                              producer_epoch{static_cast<std::int16_t>(what.epoch)},
                                              sequence{what.first_sequence}};
  }
  options.transactional = what.transactional;
  record::batch_builder builder(options);
  for (int i = 0; i < what.count; ++i) {
    record::new_record added;
    added.timestamp_ms = what.timestamp_ms;
    added.value = as_bytes(what.value);
    builder.append(added);
  }
  return builder.finish().value();
}

/// One shard on a simulated disk, with time and threads under the test's control.
class shard_fixture : public testing::Test {
 protected:
  shard_fixture() {
    static_cast<void>(disk_.create_directories("/disk"));
    disk_.settle();
    start();
  }
  ~shard_fixture() override {
    if (host_) {
      stop();
    }
  }

  void start() {
    directory_ = log::data_directory::open(disk_, "/disk/data").value();
    sync_ = std::make_unique<log::sync_group>(pool_, log::sync_group::options{});
    options_.self = broker_id{1};
    host_ = std::make_unique<host>(host_services{loop_, pool_, disk_, random_, *directory_, *sync_,
                                                 codecs_, listener_, progress_},
                                   options_);
    host_->start();
  }
  /// Clean end of the broker.
  void stop() {
    bool stopped = false;
    host_->stop([&stopped] { stopped = true; });
    loop_.run();
    EXPECT_TRUE(stopped);
    host_.reset();
    static_cast<void>(directory_->close_clean(1));
    directory_.reset();
    sync_.reset();
  }
  /// Power cut, and what is left of the broker goes.
  void crash() {
    disk_.power_off_after(1);
    stop();
    disk_.crash();
    listener_.failures.clear();
  }

  [[nodiscard]] static partition_key key_of(int partition, int topic = 1) {
    return {make_random_uuid(static_cast<std::uint64_t>(topic) << 20, 7),
            partition_index{partition}};
  }
  [[nodiscard]] assignment assignment_of(int epoch = 0) const {
    assignment made;
    made.topic_name = "topic";
    made.epoch = leader_epoch{epoch};
    made.leader = broker_id{1};
    made.replicas = made.in_sync = {broker_id{1}};
    made.policy = std::make_shared<const topic_policy>(policy_);
    return made;
  }
  partition& open(int index = 0) {
    if (!host_->contains(key_of(index))) {
      host_->assign(key_of(index), assignment_of());
    }
    partition* opened = nullptr;
    host_->open(key_of(index), [&opened](result<partition*> outcome) {
      EXPECT_TRUE(outcome) << outcome.error().message();
      opened = outcome ? *outcome : nullptr;
    });
    loop_.run();
    if (opened == nullptr) {
      throw std::runtime_error("the partition could not be opened");
    }
    return *opened;
  }

  using answer = std::shared_ptr<std::optional<append_outcome>>;
  static answer append(partition& to, const produced& what, const append_options& options = {}) {
    auto answered = std::make_shared<std::optional<append_outcome>>();
    byte_buffer batch = make_batch(what);
    to.append_now(batch, options, [answered](append_outcome outcome) {
      EXPECT_FALSE(*answered) << "answered twice";
      *answered = std::move(outcome);
    });
    return answered;
  }
  /// Stored with what else arrives in this round of the loop.
  static answer arrive(partition& to, const produced& what, const append_options& options = {}) {
    auto answered = std::make_shared<std::optional<append_outcome>>();
    auto batch = std::make_shared<byte_buffer>(make_batch(what));
    to.append(*batch, options, [answered, batch](append_outcome outcome) {
      EXPECT_FALSE(*answered) << "answered twice";
      *answered = std::move(outcome);
    });
    return answered;
  }
  static std::int64_t base_of(const answer& answered) {
    if (!*answered || !**answered) {
      return -1;
    }
    return (**answered)->base_offset.value();
  }
  static error_code error_of(const answer& answered) {
    return *answered && !**answered ? (*answered)->error().error : error_code{};
  }
  static read_outcome read(partition& from, std::int64_t at,
                           isolation level = isolation::read_uncommitted) {
    read_request request;
    request.from = offset{at};
    request.level = level;
    auto outcome = from.read(request);
    EXPECT_TRUE(outcome) << outcome.error().message();
    return outcome ? *outcome : read_outcome{};
  }

  test::manual_clock clock_;
  test::manual_event_loop loop_{clock_};
  test::manual_blocking_pool pool_;
  test::simulated_disk disk_;
  counting_random random_;
  record::codec_set codecs_;
  remembering_listener listener_;
  progress_source* progress_ = nullptr;
  topic_policy policy_;
  host_options options_;
  std::unique_ptr<log::data_directory> directory_;
  std::unique_ptr<log::sync_group> sync_;
  std::unique_ptr<host> host_;
};

}  // namespace tidemill::partition
