#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "io/event_loop.hpp"
#include "partition/compactor.hpp"
#include "partition/duties.hpp"
#include "partition/host.hpp"
#include "partition/opening.hpp"
#include "partition/scrub.hpp"
#include "partition/shard_context.hpp"

namespace tidemill::partition {

/// An open that is under way, or has failed.
struct opening_state {
  std::vector<host::open_completion> callers;
  bool running = false;
  error_code failure;
  /// The failure in words, which has been told.
  std::string reason;
  io::monotonic_time retry_at{};
  /// The partition was removed meanwhile.
  unique_function<void(result<void>)> removed;
};

struct partition_slot {
  partition_slot(shard_context& shard, const partition_key& key, assignment assigned)
      : here(shard, key, std::move(assigned)) {}
  partition here;
  std::unique_ptr<opening_state> opening;
};

/// The inside of a host. Kept alive by what is under way. Shard thread only.
class host_body : public std::enable_shared_from_this<host_body> {
 public:
  host_body(const host_services& services, const host_options& options);
  host_body(const host_body&) = delete;
  host_body& operator=(const host_body&) = delete;
  ~host_body();

  void start();
  void stop(unique_function<void()> done);
  void assign(const partition_key& key, assignment assigned);
  void remove(const partition_key& key, unique_function<void(result<void>)> done);
  void open(const partition_key& key, host::open_completion done);
  [[nodiscard]] partition_slot* find(const partition_key& key) noexcept;

  [[nodiscard]] shard_context& shard() noexcept { return *shard_; }
  [[nodiscard]] const auto& slots() const noexcept { return slots_; }
  /// Open partitions, in the order in which they were opened; some may be gone.
  [[nodiscard]] std::vector<partition_key> open_keys();
  /// Takes up to `count` partitions that had data at the start and were never used.
  [[nodiscard]] std::vector<partition_key> take_cold(std::size_t count);
  [[nodiscard]] const class scrub& scrub() const noexcept { return scrub_; }
  [[nodiscard]] const class compactor& compactor() const noexcept { return compactor_; }

  /// What is below the recovery point of an open partition is damaged: it is closed, refuses
  /// everybody until that is mended, and remembers so across restarts.
  void condemn(const partition_key& key, const log::log_damage& damage);

  /// Runs `work` on the pool, then `after` here; stop() waits for it.
  template <class Work, class After>
  void run_blocking(Work work, After after);
  /// The same for work in the directory of the log `name`, which stays in its place meanwhile.
  template <class Work, class After>
  void run_blocking_in(const std::string& name, Work work, After after);

 private:
  using slot_map = std::unordered_map<partition_key, partition_slot>;

  void start_opening(const partition_key& key);
  void run_opening_of(const partition_key& key);
  void opened(const partition_key& key, result<std::unique_ptr<open_state>> outcome,
              const log::recovery_report& report);
  void opening_failed(partition_slot& slot, error_code error, std::string reason);
  void answer_callers(const partition_key& key, partition_slot& slot);
  void remove_directory(std::string name, unique_function<void(result<void>)> done);
  void retire_directory(std::string name, unique_function<void(result<void>)> done);
  void directory_removed(const std::string& name);
  void bury(slot_map::node_type node);
  void work_ended();
  void close_all();

  std::shared_ptr<shard_context> shard_;
  slot_map slots_;
  std::vector<partition_key> open_keys_;
  std::vector<partition_key> cold_keys_;
  /// Log directories that were there at the start, sorted; until the first round of retention.
  std::vector<std::string> names_at_start_;
  /// Directories whose removal is under way, and who waits to open one of the same name.
  std::unordered_map<std::string, std::vector<io::task>> removing_;
  duties duties_;
  class scrub scrub_;
  class compactor compactor_;
  unique_function<void()> stopped_;
};

template <class Work, class After>
void host_body::run_blocking(Work work, After after) {
  ++shard_->outstanding;
  shard_->services.pool.submit(
      [self = shared_from_this(), work = std::move(work), after = std::move(after)]() mutable {
        auto outcome = std::make_shared<decltype(work())>(work());
        io::event_loop& loop = self->shard_->services.loop;
        loop.post([self = std::move(self), outcome = std::move(outcome),
                   after = std::move(after)]() mutable {
          after(std::move(*outcome));
          self->work_ended();
        });
      });
}

template <class Work, class After>
void host_body::run_blocking_in(const std::string& name, Work work, After after) {
  run_blocking(std::move(work), [claim = shard_->directories.begin(name), after = std::move(after)](
                                    auto outcome) mutable { after(std::move(outcome)); });
}

}  // namespace tidemill::partition
