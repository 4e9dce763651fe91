#pragma once
// A plugin inside the test program that does what the test says, and what stands around it.

#include <array>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "extension/instance.hpp"
#include "partition/record_gate.hpp"
#include "record/batch_builder.hpp"
#include "tests/support/manual_event_loop.hpp"
#include "tidemill/plugin.h"

namespace tidemill::extension::testing {

/// What the functions of the plugin do; each test sets what it needs. One thread.
struct script {
  std::function<tidemill_status(const tidemill_host*, tidemill_error*)> create;
  std::function<tidemill_status(std::uint32_t, tidemill_error*)> shard_open;
  std::function<tidemill_status(const tidemill_batch&, std::int32_t*, tidemill_error*)> choose;
  std::function<tidemill_status(const tidemill_batch&, const tidemill_rejections&, tidemill_error*)>
      validate;
  std::function<tidemill_status(const tidemill_log&, std::uint8_t*, tidemill_error*)> vote;
  std::uint32_t needs = TIDEMILL_KEYS;
  int created = 0;
  int destroyed = 0;
  /// Indexes of the shard states that are open.
  std::multiset<std::uint32_t> open;
};

/// Of the running test; forgets everything when the next environment is made.
[[nodiscard]] script& current_script();

/// The scripted plugin: partitioner, transform and retention, with the keys "salt" (text, default
/// "none") and "secret" (text, secret, no default). `retention_flags` as TIDEMILL_MAY_BLOCK.
[[nodiscard]] const tidemill_plugin& scripted_plugin(std::uint32_t retention_flags = 0);

/// Fills in an error.
void say(tidemill_error* error, std::string_view message);

class recording_log final : public extension_log {
 public:
  void write(line_level level, std::string_view plugin, std::string_view instance,
             std::string_view line) noexcept override {
    static_cast<void>(level);
    lines.push_back(std::string(plugin) + "/" + std::string(instance) + ": " + std::string(line));
  }
  [[nodiscard]] bool is_on(line_level level) const noexcept override { return level >= least; }
  std::vector<std::string> lines;
  line_level least = line_level::info;
};

/// Everything that instances and seats borrow.
struct surroundings {
  surroundings();

  test::manual_clock clock;
  recording_log log;
  completions calls;
  metric_names names;
  host_environment environment{clock, log, calls, names, 2, "0.1.0"};

  [[nodiscard]] std::shared_ptr<const instance> make(const tidemill_plugin& raw,
                                                     instance_settings settings = {}) const;
  [[nodiscard]] outcome<std::unique_ptr<instance>> try_make(const tidemill_plugin& raw,
                                                            instance_settings settings = {}) const;
};

/// A batch whose records have these keys; the empty optional is a null key.
[[nodiscard]] byte_buffer batch_of(const std::vector<std::optional<std::string>>& keys,
                                   std::string_view value = "value");

/// Where test batches go: partition 1 of 3 of "orders", sent by "someone".
[[nodiscard]] partition::batch_destination destination(std::uint32_t shard = 0);

}  // namespace tidemill::extension::testing
