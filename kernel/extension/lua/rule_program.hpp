#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "extension/lua/interpreter.hpp"
#include "extension/lua/rule_definition.hpp"
#include "extension/lua/rule_slot.hpp"
#include "extension/problem.hpp"
#include "io/clock.hpp"
#include "tidemill/transform.h"

namespace tidemill::extension::lua {

/// A rule that has passed its checks, compiled. Never changes; shared by the shards.
struct rule_program {
  /// The file, as messages name it: "orders.lua".
  std::string name;
  std::string source;
  byte_buffer code;
  rule_facts facts;

  /// Files beyond this are refused.
  static constexpr std::size_t source_bytes_max = std::size_t{64} << 10;
  /// Processor time that loading may take: on the control thread, and on each shard.
  static constexpr std::chrono::milliseconds load_time_max{50};

  /// Compiles the text and runs the file once, in a state that is thrown away. The sentence names
  /// file and line. Any thread; takes milliseconds.
  [[nodiscard]] static outcome<std::shared_ptr<const rule_program>> compile(std::string name,
                                                                            std::string_view source,
                                                                            const io::clock& clock);
};

/// Where a program runs on one shard: its state, with the rule's function loaded.
class rule_runner {
 public:
  [[nodiscard]] static outcome<std::unique_ptr<rule_runner>> open(
      std::shared_ptr<const rule_program> program, const io::clock& clock);
  ~rule_runner();
  rule_runner(const rule_runner&) = delete;
  rule_runner& operator=(const rule_runner&) = delete;

  /// Processor time that a call may take: so much, and so much for each record.
  static constexpr std::chrono::nanoseconds call_time_max = std::chrono::microseconds(400);
  static constexpr std::chrono::nanoseconds record_time_max = std::chrono::nanoseconds(500);
  static constexpr std::chrono::nanoseconds vote_time_max = std::chrono::milliseconds(2);

  /// Fills `partitions[0 .. record_count - 1]`: TIDEMILL_PARTITION_ANY, _REJECT, or what the rule
  /// has said, in range or not. The reason of the first rejected record is in reason().
  [[nodiscard]] std::optional<fault> choose(const tidemill_batch& batch, std::int32_t* partitions);
  /// Hands records that the rule refuses to `rejections`.
  [[nodiscard]] std::optional<fault> validate(const tidemill_batch& batch,
                                              const tidemill_rejections& rejections);
  /// Fills `votes[0 .. segment_count - 1]`. Only a prefix can go: the rule is not asked further
  /// than to the first segment that it keeps.
  [[nodiscard]] std::optional<fault> vote(const tidemill_log& log, std::uint8_t* votes);

  [[nodiscard]] std::string_view reason() const noexcept;
  [[nodiscard]] std::size_t memory_bytes() const noexcept;
  [[nodiscard]] const rule_program& program() const noexcept { return *program_; }

 private:
  struct task;
  rule_runner(std::shared_ptr<const rule_program> program, std::unique_ptr<interpreter> state);
  [[nodiscard]] std::optional<fault> run(task& what, lua_CFunction loop,
                                         std::chrono::nanoseconds budget);

  // Shared with the other shards.
  std::shared_ptr<const rule_program> program_;
  std::unique_ptr<rule_slot> slot_;
  std::unique_ptr<interpreter> state_;
};

}  // namespace tidemill::extension::lua
