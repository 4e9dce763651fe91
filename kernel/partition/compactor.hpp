#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/compaction/compaction_job.hpp"
#include "log/compaction/compaction_plan.hpp"
#include "partition/shard_context.hpp"

namespace tidemill::partition {

class host_body;

/// Compacts the open logs of a shard in the background, one at a time, the dirtiest first. A pass
/// (log::compaction_job) runs on the pool, step by step, paced so that no more than the configured
/// bytes are read and written in a second; this thread only exchanges files. A log that cannot be
/// compacted is told about once and left alone for a while, the others go on. Shard thread only.
class compactor {
 public:
  explicit compactor(host_body& host) noexcept : host_(host) {}
  compactor(const compactor&) = delete;
  compactor& operator=(const compactor&) = delete;

  void start();
  void stop() noexcept;

  struct figures {
    std::uint64_t passes = 0;
    std::uint64_t read_bytes = 0;
    std::uint64_t written_bytes = 0;
    std::uint64_t records_removed = 0;
    /// By which logs became smaller.
    std::uint64_t freed_bytes = 0;
    /// Dirty and ready to be compacted, in all logs, as of the last look at them.
    std::uint64_t backlog_bytes = 0;
    /// Left to be read in the pass that runs.
    std::uint64_t left_bytes = 0;
    /// Logs that cannot be compacted.
    std::size_t stopped = 0;
  };
  [[nodiscard]] const figures& count() const noexcept { return figures_; }

 private:
  /// The log that is due most, as far as the look at all of them has come.
  struct look {
    std::vector<partition_key> keys;
    std::size_t next = 0;
    std::optional<partition_key> dirtiest;
    double ratio = -1;
    std::uint64_t backlog_bytes = 0;
    std::size_t stopped = 0;
  };
  struct pass {
    std::shared_ptr<partition*> handle;
    std::shared_ptr<log::compaction_job> job;
    std::string directory;
    std::string name;
    log::compaction_job::figures seen;
  };

  void schedule(std::chrono::nanoseconds after);
  void begin_look();
  void go_on_looking();
  void consider(partition& where);
  [[nodiscard]] static bool can_compact(const partition& where) noexcept;
  [[nodiscard]] log::compaction_plan plan_of(const partition& where) const;
  void begin(partition& where);
  void note_first(std::shared_ptr<pass> of);
  void step(std::shared_ptr<pass> of);
  void stepped(std::shared_ptr<pass> of, const result<log::compaction_job::progress>& outcome);
  void exchange(pass& of);
  void end(std::shared_ptr<pass> of);
  void failed(const pass& of, error_code error);
  void tell(partition& where, const std::string& what, error_code error);
  [[nodiscard]] std::chrono::nanoseconds pause(pass& of);
  void next();

  host_body& host_;
  io::event_loop::timer_id timer_ = io::event_loop::no_timer;
  std::optional<look> look_;
  figures figures_;
};

}  // namespace tidemill::partition
