#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "io/disk.hpp"
#include "log/ballast.hpp"
#include "log/checkpoint_file.hpp"
#include "log/deletion_job.hpp"
#include "log/errc.hpp"
#include "log/log_state.hpp"

namespace tidemill::log {

/// Whose data this is; meta.toml.
struct data_directory_identity {
  uuid cluster;
  broker_id node{0};
  /// Drawn when the directory was made; tells apart two directories of one node.
  uuid directory;

  friend bool operator==(const data_directory_identity&, const data_directory_identity&) = default;
};

/// What a data directory knows of a log before it is opened: the input of log::open_request.
struct known_log {
  bool exists = false;
  /// There were records up to here, but the directory is not there any more.
  std::optional<offset> lost_end;
  offset log_start{0};
  std::optional<offset> recovery_point;
  std::optional<offset> high_watermark;
  /// The log has been compacted, and is clean below; it may have gaps from then on.
  std::optional<offset> cleaned_to;
  /// Handed out once; afterwards the log is the one who knows.
  std::optional<log_state> clean;
};

/// The directory that holds all log directories: the lock, meta.toml, Kafka's checkpoint
/// files, the clean-shutdown marker, and the clean state, one file that spares a clean start from
/// touching any log directory. Names are those of log directories, "<topic>-<partition>".
///
/// Any thread: state is guarded by a mutex that is held only briefly, never on a hot path. Blocking
/// calls say so.
class data_directory {
 public:
  /// Makes the directory when missing, takes the lock, reads checkpoints and the clean state, lists
  /// the log directories and takes the clean marks away, so that a crash from now on is seen as
  /// one. Blocks. directory_in_use, checkpoint_malformed only for meta; a damaged checkpoint or
  /// clean state counts as missing and is named in warnings().
  [[nodiscard]] static result<std::unique_ptr<data_directory>> open(io::disk& disk,
                                                                    std::string path);

  data_directory(const data_directory&) = delete;
  data_directory& operator=(const data_directory&) = delete;
  ~data_directory();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Full path of a log's directory.
  [[nodiscard]] std::string path_of(std::string_view name) const;
  /// The last stop was clean (or there was none).
  [[nodiscard]] bool was_clean() const noexcept { return was_clean_; }
  /// A broker has ended cleanly here before: there must be more than this directory.
  [[nodiscard]] bool was_used() const noexcept { return was_used_; }
  /// One line each, for the broker's own log.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

  // meta.toml ----------------------------------------------------------------------------------
  /// nullopt in a new directory. meta_malformed. Blocks.
  [[nodiscard]] result<std::optional<data_directory_identity>> read_identity();
  /// Blocks.
  [[nodiscard]] result<void> write_identity(const data_directory_identity& identity);

  // Logs ---------------------------------------------------------------------------------------
  /// Names of the log directories found at the start, without those already removed.
  [[nodiscard]] std::vector<std::string> log_names();
  /// Names of logs that had records when the last run ended and whose directories are missing,
  /// though nobody had removed them. They are remembered until forget_lost() or remove_log().
  [[nodiscard]] std::vector<std::string> lost_names();
  /// The log was of a topic that is not there any more either. Write the checkpoints afterwards.
  void forget_lost(std::string_view name) { forget(name); }
  /// What is known of a log; moves the clean state out.
  [[nodiscard]] known_log take(std::string_view name);
  /// The log is about to make its directory, or has just done so: tell it with the first append, or
  /// a later take() will say that nothing is there.
  void note_created(std::string_view name);

  /// Renames the log's directory to "<name>.<32 hex digits>-delete" and forgets it; the job frees
  /// its files. Blocks shortly (a rename). The log is closed (abandon()) before. An empty job when
  /// there is no directory. `unique` makes the name unique. The job refers to this object; start it
  /// before the name is used again.
  [[nodiscard]] result<deletion_job> remove_log(std::string_view name, const uuid& unique);
  /// Directories that an earlier run had marked for deletion and leftovers() has not taken yet.
  [[nodiscard]] std::vector<std::string> leftover_names();
  /// Frees them; the first call takes them all, later ones get an empty job.
  [[nodiscard]] deletion_job leftovers();
  /// Renames a log's directory that nobody owns to "<name>.<32 hex digits>-stray", where it is kept
  /// and never looked at again, and forgets the log. Returns the new name. Blocks shortly. Before
  /// the name is used again, call write_checkpoints().
  [[nodiscard]] result<std::string> set_aside(std::string_view name, const uuid& unique);

  // Checkpoints --------------------------------------------------------------------------------
  // Setting one changes memory only; write_checkpoints() makes the changed ones durable.
  void set_recovery_point(std::string_view name, offset at);
  void set_log_start(std::string_view name, offset at);
  void set_high_watermark(std::string_view name, offset at);
  void set_cleaned_to(std::string_view name, offset at);
  /// Writes the checkpoint files that changed since the last call. Blocks. Call it every few
  /// seconds, and before truncating a log below its recovery point.
  [[nodiscard]] result<void> write_checkpoints();

  // Full disk ----------------------------------------------------------------------------------
  /// Keeps so much space back from now on; blocks. What cannot be had now is taken later, when
  /// checkpoints are written. Before anybody else uses the directory.
  void keep_ballast(std::uint64_t size_bytes);
  /// For what has to be written though the disk is full. True when there is more space now. Any
  /// thread; blocks shortly.
  [[nodiscard]] bool release_ballast() noexcept;
  /// The same before an end that is to be clean, if there is little space.
  void make_room_to_close() noexcept;
  /// What is left is for that: nothing is appended until there is room for the ballast again, which
  /// write_checkpoints() looks for. Any thread.
  [[nodiscard]] const std::atomic<bool>& is_short_of_room() const noexcept { return is_short_; }

  // Clean end ----------------------------------------------------------------------------------
  /// What log::close() returned. Logs that were never opened keep the state they came with.
  void put_clean(std::string_view name, log_state state);
  /// Writes checkpoints, clean state and the clean marker, in that order. Call it once all logs are
  /// closed. Logs that were taken and not put back are recovered at the next start. Blocks.
  [[nodiscard]] result<void> close_clean(std::int64_t broker_epoch);

 private:
  struct entry {
    bool exists = false;
    /// The checkpoints or the clean state know of records, but the directory is missing.
    bool lost = false;
    std::optional<offset> recovery_point;
    std::optional<offset> log_start;
    std::optional<offset> high_watermark;
    std::optional<offset> cleaned_to;
    /// Where the clean state stands in clean_content_, until it is taken.
    std::optional<std::size_t> clean_place;
    /// Put back by a log that was closed.
    std::unique_ptr<log_state> closed;
  };
  /// One of Kafka's checkpoint files.
  struct checkpoint_kind {
    const char* file_name;
    std::optional<offset> entry::* field;
    bool dirty = false;
  };
  enum kind : std::size_t { recovery_points, log_starts, high_watermarks, cleaned_points };

  data_directory(io::disk& disk, std::string path);

  [[nodiscard]] result<void> load();
  [[nodiscard]] result<void> list_logs();
  [[nodiscard]] bool is_retired(std::string_view name) const noexcept;
  void note_lost(std::string_view name, std::optional<offset> entry::* field, offset at);
  void load_checkpoints();
  void load_clean_state();
  [[nodiscard]] result<void> remove_clean_marks();
  [[nodiscard]] result<void> write_checkpoints_after_making_room();
  void warn(std::string_view what, const error_code& error);
  void forget(std::string_view name);
  void set(std::string_view name, kind which, offset at);
  [[nodiscard]] result<void> write_checkpoint_of(kind which);
  [[nodiscard]] std::string file_path(std::string_view name) const;
  [[nodiscard]] byte_buffer clean_content();

  io::disk& disk_;
  std::string path_;
  std::unique_ptr<io::directory_lock> lock_;
  std::atomic<bool> is_short_ = false;
  std::unique_ptr<ballast> ballast_;
  std::atomic<bool> is_closing_ = false;
  bool was_clean_ = true;
  bool was_used_ = false;
  std::vector<std::string> warnings_;
  std::vector<std::string> leftovers_;

  /// Serializes whoever writes files; taken before mutex_.
  std::mutex writing_;
  std::mutex mutex_;
  std::map<std::string, entry, std::less<>> entries_;
  std::array<checkpoint_kind, 4> kinds_;
  byte_buffer clean_content_;
};

}  // namespace tidemill::log
