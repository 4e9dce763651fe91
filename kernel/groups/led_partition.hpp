#pragma once

#include <map>
#include <memory>
#include <unordered_map>
#include <variant>

#include "groups/host.hpp"

namespace tidemill::groups {

/// One coordinator with its log and its timer: performs the actions of the core. Shared with the
/// callbacks of its writes, which may come after it was resigned.
class host::led_partition : public std::enable_shared_from_this<led_partition> {
 public:
  led_partition(partition_index home, std::unique_ptr<journal> log,
                std::shared_ptr<surroundings> around);

  void load();
  void resign(errc why);
  [[nodiscard]] bool is_loaded() const noexcept { return is_loaded_; }

  [[nodiscard]] coordinator& core() noexcept { return core_; }
  [[nodiscard]] const coordinator& core() const noexcept { return core_; }
  void topics_changed(std::shared_ptr<const topic_catalog> catalog);
  [[nodiscard]] moment now() const noexcept;

  /// Runs an event of the core and what follows from it. `done` answers what the event may leave
  /// open.
  template <class Completion, class Event>
  void ask(Completion done, Event event) {
    const request_token token = next_token_++;
    waiting_.emplace(token, std::move(done));
    actions out;
    event(token, out);
    perform(std::move(out));
  }
  void perform(actions out);

 private:
  using completion =
      std::variant<unique_function<void(join_reply)>, unique_function<void(sync_reply)>,
                   rows_completion, unique_function<void(consumer_heartbeat_reply)>>;

  void visit(bytes_view batches);
  void load_ended(errc outcome);
  void answer(reply&& answered);
  void store(write&& planned);
  void stored(write&& done, errc outcome);
  void arm();

  partition_index home_;
  std::unique_ptr<journal> log_;
  std::shared_ptr<surroundings> around_;
  std::shared_ptr<const topic_catalog> catalog_;
  coordinator core_;
  std::unordered_map<request_token, completion> waiting_;
  request_token next_token_ = 1;
  io::event_loop::timer_id timer_ = io::event_loop::no_timer;
  std::optional<std::chrono::milliseconds> armed_;
  io::monotonic_time loading_since_{};
  std::size_t skipped_ = 0;
  bool is_loaded_ = false;
  bool is_resigned_ = false;
};

}  // namespace tidemill::groups
