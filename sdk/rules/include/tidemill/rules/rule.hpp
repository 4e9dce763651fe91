#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/batch.h"
#include "tidemill/retention.h"
#include "tidemill/transform.h"

/// Rules written in Lua, for whoever runs them: the broker, and tidectl, which checks them before
/// they go to one. What a rule may use is told in scripts/README.md.
namespace tidemill::rules {

enum class rule_kind : std::uint8_t { partitioner, retention, validate };
/// "partitioner", "retention", "validate"
[[nodiscard]] const char* name_of(rule_kind which) noexcept;

/// What a file says of its rule besides the function.
struct rule_facts {
  rule_kind kind = rule_kind::partitioner;
  /// TIDEMILL_KEYS ...
  std::uint32_t columns = 0;
  /// A partitioner that wants to see records without a key, too.
  bool takes_null_keys = false;
  /// validate: what happens to a batch when the rule fails.
  bool passes_on_error = false;
  /// One line for people, NUL-terminated; may be empty.
  std::array<char, 160> description{};
};

/// Why a call gave no answer.
struct fault {
  enum class cause : std::uint8_t {
    error,    ///< the script, or a function that it called, raised one
    timeout,  ///< out of processor time
    memory    ///< out of memory
  };
  cause why = cause::error;
  /// "orders.lua:3: ...", printable.
  std::string sentence;
};

/// A rule that has passed its checks, compiled. Never changes; shared by those who run it.
struct rule_program {
  /// The file, as messages name it: "orders.lua".
  std::string name;
  std::string source;
  std::vector<std::byte> code;
  rule_facts facts;

  /// Longer texts are refused.
  static constexpr std::size_t source_bytes_max = std::size_t{64} << 10;
  /// Processor time that loading may take: for the check, and for each runner.
  static constexpr std::chrono::milliseconds load_time_max{50};

  struct outcome {
    /// nullptr when it is refused; `problem` then names file and line, what was found and what was
    /// expected.
    std::shared_ptr<const rule_program> program;
    std::string problem;
  };
  /// Compiles the text and runs the file once, in a state that is thrown away. Any thread; takes
  /// less than a millisecond for a file that does not try to be slow.
  [[nodiscard]] static outcome compile(std::string name, std::string_view source);
};

/// Where a program runs: a state of its own, with the rule's function loaded. One thread at a time.
class rule_runner {
 public:
  struct outcome {
    std::unique_ptr<rule_runner> runner;
    std::string problem;
  };
  [[nodiscard]] static outcome open(std::shared_ptr<const rule_program> program);
  ~rule_runner();
  rule_runner(const rule_runner&) = delete;
  rule_runner& operator=(const rule_runner&) = delete;

  /// Memory that all of a runner may have.
  static constexpr std::size_t memory_bytes_max = std::size_t{4} << 20;
  /// Processor time that a call may take: so much, and so much more for each record that it comes
  /// to and each byte of that record's value. A record that it does not come away from is not worth
  /// more for being one of many.
  static constexpr std::chrono::nanoseconds call_time_max = std::chrono::microseconds(400);
  static constexpr std::chrono::nanoseconds record_time_max = std::chrono::microseconds(2);
  static constexpr std::chrono::nanoseconds byte_time_max = std::chrono::nanoseconds(5);
  static constexpr std::chrono::nanoseconds vote_time_max = std::chrono::milliseconds(2);

  /// Fills `partitions[0 .. record_count - 1]`: TIDEMILL_PARTITION_ANY, _REJECT, or what the rule
  /// has said, in range or not; those of records without a key stay as they were, unless the rule
  /// asks for them. The reason of the first rejected record is in reason().
  [[nodiscard]] std::optional<fault> choose(const tidemill_batch& batch, std::int32_t* partitions);
  /// Hands records that the rule refuses to `rejections`.
  [[nodiscard]] std::optional<fault> validate(const tidemill_batch& batch,
                                              const tidemill_rejections& rejections);
  /// Fills `votes[0 .. segment_count - 1]`. Only a prefix can go: the rule is not asked further
  /// than to the first segment that it keeps.
  [[nodiscard]] std::optional<fault> vote(const tidemill_log& log, std::uint8_t* votes);

  [[nodiscard]] std::string_view reason() const noexcept;
  [[nodiscard]] std::size_t memory_bytes() const noexcept;
  [[nodiscard]] const rule_program& program() const noexcept;

 private:
  struct body;
  explicit rule_runner(std::unique_ptr<body> made);

  std::unique_ptr<body> body_;
};

}  // namespace tidemill::rules
