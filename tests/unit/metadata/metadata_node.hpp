#pragma once

#include <gtest/gtest.h>
#include <cstdint>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metadata/controller.hpp"
#include "metadata/single_voter/single_voter_quorum.hpp"
#include "tests/support/manual_event_loop.hpp"
#include "tests/support/simulated_disk.hpp"
#include "tests/unit/metadata/memory_quorum.hpp"

namespace tidemill::metadata {

class last_image_listener final : public image_listener {
 public:
  void image_changed(const std::shared_ptr<const image>& now, const image_delta&) override {
    last = now;
    ++calls;
  }
  std::shared_ptr<const image> last = std::make_shared<const image>();
  int calls = 0;
};

/// A controller over a one-voter quorum on a simulated disk: one life of a node. Work is on the
/// pool until work() or the pool lets it go.
struct metadata_node {
  static inline const std::string directory = "data/__cluster_metadata-0";

  explicit metadata_node(test::simulated_disk& on, std::uint64_t seed = 1,
                         std::uint64_t log_size_bytes_max = 16U << 20U)
      : disk(on),
        random(seed),
        log(make_single_voter_quorum({directory, broker_id{1}, log_size_bytes_max}, on, pool,
                                     loop)),
        subject(std::make_unique<controller>(controller_options{}, *log, random)) {}

  /// Everything on pool and loop until nothing is left.
  void work() {
    while (pool.run_one() || loop.run_one()) {
    }
  }
  result<void> start() {
    std::optional<result<void>> outcome;
    subject->start(listener, [&](result<void> started) { outcome = started; });
    work();
    return outcome.value();
  }
  void stop() {
    bool stopped = false;
    subject->stop([&] { stopped = true; });
    work();
    ASSERT_TRUE(stopped);
  }
  /// Cluster id and registration, as the server gives them after a start.
  result<void> join(std::uint64_t incarnation) {
    error_code failed;
    subject->bootstrap(
        make_random_uuid(11, 12), {{"metadata.version", 1}},
        [&](metadata::outcome<void> done) { failed = done ? failed : done.error().error; });
    subject->register_broker({broker_id{1},
                              make_random_uuid(incarnation, 13),
                              {{"plain", "localhost", 9092}},
                              std::nullopt},
                             [&](metadata::outcome<broker_epoch> done) {
                               if (done) {
                                 epoch = *done;
                               } else {
                                 failed = done.error().error;
                               }
                             });
    work();
    return failed ? result<void>(failed) : result<void>{};
  }
  error_code create(std::string name, int partitions = 1) {
    new_topic asked;
    asked.name = std::move(name);
    asked.partition_count = partitions;
    error_code error = make_error_code(errc::outcome_unknown);
    subject->create_topics({asked}, false,
                           [&](auto got) { error = got[0] ? error_code{} : got[0].error().error; });
    work();
    return error;
  }

  test::simulated_disk& disk;
  test::manual_clock time;
  test::manual_event_loop loop{time};
  test::manual_blocking_pool pool;
  counting_random random;
  last_image_listener listener;
  std::unique_ptr<quorum> log;
  std::unique_ptr<controller> subject;
  broker_epoch epoch{-1};
};

}  // namespace tidemill::metadata
