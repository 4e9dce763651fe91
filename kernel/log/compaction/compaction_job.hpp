#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "io/disk.hpp"
#include "log/batch_walk.hpp"
#include "log/compaction/batch_filter.hpp"
#include "log/compaction/cleaned_segment.hpp"
#include "log/compaction/key_table.hpp"
#include "log/compaction/segment_writer.hpp"
#include "log/log_damage.hpp"
#include "log/log_state.hpp"
#include "log/options.hpp"

namespace tidemill::log {

/// What to compact, and within which bounds.
struct compaction_order {
  /// Borrowed.
  io::disk* disk = nullptr;
  std::string directory;
  /// The sealed, durable segments from the log start on that may be cleaned (cleanable()).
  std::vector<source_segment> sources;
  /// Everything below has been cleaned before.
  offset first_dirty{0};
  log_options options;
  /// Of the table of keys.
  std::uint64_t memory_bytes_max = std::uint64_t{128} << 20;
  key_table_seed seed{};
  filter_rules rules;
  /// Of the batches in `sources`.
  std::vector<aborted_transaction> aborted;
  /// A step reads about so much.
  std::uint64_t step_size_bytes = std::uint64_t{1} << 20;
};

/// One pass over a log: reads the dirty part and notes the last offset of each key, as many as fit;
/// then writes segment after segment anew, with what stays. Runs in small steps, each on any
/// thread, one at a time; blocks for the disk. Only files whose names end in ".cleaned" are made:
/// log::replace() puts them into the log.
///
/// Where not all keys fit, the pass ends below the end of the sources, and another one goes on from
/// there. Dropping the job midway is safe. Neither moved nor copied.
class compaction_job {
 public:
  enum class progress {
    more,           ///< call again
    segment_ready,  ///< take_segment(), put it into the log, then call again
    done
  };

  explicit compaction_job(compaction_order order);
  compaction_job(const compaction_job&) = delete;
  compaction_job& operator=(const compaction_job&) = delete;

  /// After an error the pass is over; failure() says where and what. Errors: those of the disk, of
  /// batch_filter, errc::corrupt (a batch is damaged), errc::batch_too_large (what is written would
  /// not fit into a segment), errc::too_many_keys (no batch fits into the table).
  [[nodiscard]] result<progress> run_step();

  [[nodiscard]] cleaned_segment take_segment() { return std::move(ready_); }
  /// Once the pass is done: everything below is clean.
  [[nodiscard]] offset cleaned_to() const noexcept { return known_to_; }
  /// Where it has failed; the text for people stands in the error.
  [[nodiscard]] const log_damage& failure() const noexcept { return failure_; }

  struct figures {
    std::uint64_t read_bytes = 0;
    std::uint64_t written_bytes = 0;
    std::uint64_t records_removed = 0;
    /// Left to be read in this pass.
    std::uint64_t left_bytes = 0;
  };
  [[nodiscard]] const figures& count() const noexcept { return figures_; }

 private:
  enum class learning : std::uint8_t { known, full };
  enum class phase : std::uint8_t { keys, begin_segment, copy, finish_segment, done };

  [[nodiscard]] result<progress> step();
  [[nodiscard]] result<void> open_source(std::size_t which, std::uint64_t position);
  [[nodiscard]] result<void> learn_keys();
  [[nodiscard]] result<learning> learn(const record::batch_view& batch);
  void note_producer(const record::batch_view& batch);
  void keys_known();
  [[nodiscard]] result<void> begin_segment();
  [[nodiscard]] result<std::size_t> group_end(std::size_t begin) const;
  [[nodiscard]] result<void> copy();
  [[nodiscard]] result<progress> finish_segment();
  [[nodiscard]] result<walk_step> next_batch(std::uint64_t& read);
  [[nodiscard]] error_code failed_at(std::uint64_t position, error_code error);

  compaction_order order_;
  key_table keys_;
  transaction_follower learning_;
  std::optional<batch_filter> filter_;
  segment_writer writer_;
  byte_buffer plain_;
  phase phase_ = phase::keys;
  /// Sources that the pass cleans.
  std::size_t source_count_ = 0;
  std::size_t group_begin_ = 0;
  std::size_t group_end_ = 0;
  /// The source that is read, and how.
  std::size_t source_ = 0;
  std::unique_ptr<io::file> file_;
  std::optional<batch_scan> scan_;
  bool is_changed_ = false;
  bool has_learnt_ = false;
  offset known_to_{0};
  cleaned_segment ready_;
  log_damage failure_;
  figures figures_;
};

}  // namespace tidemill::log
