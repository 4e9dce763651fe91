#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_function.hpp"
#include "extension/extension_log.hpp"
#include "extension/hang_watch.hpp"
#include "extension/kind.hpp"
#include "extension/problem.hpp"
#include "extension/report.hpp"
#include "extension/wanted_extensions.hpp"
#include "io/disk.hpp"
#include "io/event_loop.hpp"
#include "record/codec.hpp"

namespace tidemill::partition {
class partitioner_check;
class record_gate;
class retention_extension;
}  // namespace tidemill::partition

namespace tidemill::extension {

/// What extensions are made with; all of it is borrowed and outlives them.
struct extension_services {
  /// Of the shards, in order; the first is the one that this object lives on.
  std::vector<io::event_loop*> shards;
  /// One thread: the control thread of the ABI.
  io::blocking_pool& control;
  /// For plugins that may block.
  io::blocking_pool& pool;
  io::disk& disk;
  const io::clock& clock;
  extension_log& log;
  /// For copies of plugins; of this process alone.
  std::string copies_directory;
  /// Of the broker, "0.1.0"; a literal.
  const char* version = "";
  /// host_environment::hang_after.
  std::chrono::nanoseconds hang_after = std::chrono::seconds(10);
};

/// tidemill.partitioner.mode, where a partitioner is asked at all.
enum class verify_mode : std::uint8_t { warn, reject };

/// What a look at directories and configuration has come to.
struct load_outcome {
  std::size_t plugins = 0;
  std::size_t instances = 0;
  /// What went wrong, one sentence each.
  std::vector<std::string> problems;
  /// The one of them that keeps a required instance away; empty when none does.
  std::string missing_required;
  /// Rules that were not among the accepted ones in this form, for whoever keeps those. Where one
  /// takes the place of another, that one goes on until it is among the accepted ones.
  std::vector<accepted_rule> fresh_rules;
};

/// Plugins, their instances, and the seams of the kernel behind which they stand; all that others
/// see of this room. Lives on the loop of the first shard, where everything is called unless it
/// says otherwise. The adapters that it gives out stay until its end, and always stand for whoever
/// holds the name at the time.
class extensions {
 public:
  virtual ~extensions() = default;

  /// Looks at directories and configuration: the first time, and whenever something may have
  /// changed. Each shard changes to what is new between two batches; then `done` hears what went
  /// wrong. What cannot be loaded now and could before goes on as it was. One at a time:
  /// is_loading().
  using load_completion = unique_function<void(load_outcome)>;
  virtual void load(wanted_extensions wanted, load_completion done) = 0;
  [[nodiscard]] virtual bool is_loading() const noexcept = 0;

  /// Closes all shard states, destroys all instances, unloads all plugins. No batch, log or
  /// compressed record is looked at any more. A look under way is waited for.
  virtual void stop(unique_function<void()> done) = 0;

  /// nullopt where topics may name `name` for this use; else what is wrong, with what there is.
  [[nodiscard]] virtual std::optional<std::string> problem_with(kind use,
                                                                std::string_view name) const = 0;

  /// Whether somebody holds the name.
  [[nodiscard]] virtual bool has(std::string_view name) const = 0;

  // For the policies of topics; also for names that nobody holds (a topic was made when there was
  // somebody): the adapter then does what its header says of a plugin that is missing.
  [[nodiscard]] virtual partition::partitioner_check* partitioner(const std::string& name,
                                                                  verify_mode mode) = 0;
  [[nodiscard]] virtual partition::record_gate* gate(const std::string& name) = 0;
  [[nodiscard]] virtual partition::retention_extension* retention(const std::string& name) = 0;
  /// Any thread.
  [[nodiscard]] virtual const record::codec_set& codecs() const noexcept = 0;

  /// Takes an extension out of work until the next load(): whatever names it meets a plugin that is
  /// missing. False when there is none of that name.
  virtual void disable(std::string_view name, unique_function<void(bool)> done) = 0;

  /// Checks the text of a rule without taking it into work. The sentence names file and line.
  using rule_check = unique_function<void(outcome<accepted_rule>)>;
  virtual void check_rule(std::string file, std::string source, rule_check done) = 0;

  /// Looks at all threads for calls of plugins that hang, and says in the log which have begun to
  /// or have returned. One thread, any, again and again.
  struct hang_findings {
    std::vector<hanging_call> hanging;
    /// Those that did not at the look before.
    std::vector<hanging_call> begun;
  };
  virtual hang_findings look_for_hanging_calls() = 0;

  /// Asks all shards, then calls back here.
  virtual void report(unique_function<void(extension_report)> done) = 0;
};

/// Makes them; nothing is loaded yet. Destroyed when stopped, or never loaded, and no loop runs any
/// more.
[[nodiscard]] std::unique_ptr<extensions> make_extensions(extension_services services);

}  // namespace tidemill::extension
