#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_function.hpp"
#include "extension/codec_adapter.hpp"
#include "extension/completions.hpp"
#include "extension/extension_point.hpp"
#include "extension/extensions.hpp"
#include "extension/partitioner_adapter.hpp"
#include "extension/plugin_store.hpp"
#include "extension/report.hpp"
#include "extension/retention_adapter.hpp"
#include "extension/transform_adapter.hpp"
#include "io/disk.hpp"
#include "io/event_loop.hpp"
#include "record/codec.hpp"

namespace tidemill::extension {

/// The extensions of the process.
class extension_host final : public extensions {
 public:
  explicit extension_host(extension_services services);
  ~extension_host() override;
  extension_host(const extension_host&) = delete;
  extension_host& operator=(const extension_host&) = delete;

  void load(wanted_extensions wanted, load_completion done) override;
  [[nodiscard]] bool is_loading() const noexcept override { return is_loading_; }
  void stop(unique_function<void()> done) override;
  [[nodiscard]] std::optional<std::string> problem_with(kind use,
                                                        std::string_view name) const override;
  [[nodiscard]] bool has(std::string_view name) const override {
    return current_ != nullptr && current_->instances.contains(name);
  }
  [[nodiscard]] partition::partitioner_check* partitioner(const std::string& name,
                                                          verify_mode mode) override;
  [[nodiscard]] partition::record_gate* gate(const std::string& name) override;
  [[nodiscard]] partition::retention_extension* retention(const std::string& name) override;
  [[nodiscard]] const record::codec_set& codecs() const noexcept override { return codecs_; }
  void disable(std::string_view name, unique_function<void(bool)> done) override;
  void check_rule(std::string file, std::string source, rule_check done) override;
  hang_findings look_for_hanging_calls() override;
  void report(unique_function<void(extension_report)> done) override;

 private:
  struct named_use;

  /// `as`: what a topic uses it for.
  [[nodiscard]] named_use& use_of(const std::string& name, kind as);
  [[nodiscard]] names_in_use kinds_in_use() const;
  void adopt(std::shared_ptr<const extension_set> made, load_completion done);
  void give_codecs(const extension_set& made);
  void give_seat(named_use& use, shard_index shard, std::shared_ptr<const instance> next,
                 unique_function<void()> given);
  /// Runs on every shard's loop, then `done` here; `work` calls what it is given when it is done.
  using finished = unique_function<void()>;
  void on_each_shard(std::function<void(shard_index, finished)> work, finished done);
  static void add_uses(const std::vector<std::vector<instance_report>>& seen,
                       extension_report& into);
  void add_codecs(extension_report& into) const;
  [[nodiscard]] std::vector<instance_report> read_shard(
      shard_index shard, const std::vector<const named_use*>& uses) const;
  [[nodiscard]] static const seat& seat_of(const named_use& use, shard_index shard) noexcept;

  extension_services services_;
  completions calls_;
  metric_names names_;
  host_environment environment_;
  plugin_store store_;
  std::shared_ptr<const extension_set> current_;
  std::map<std::string, std::unique_ptr<named_use>, std::less<>> uses_;
  std::array<std::unique_ptr<codec_adapter>, record::compression_type_count> codec_adapters_;
  record::codec_set codecs_;
  /// Names that disable() took out of work, until the next load().
  std::set<std::string, std::less<>> disabled_;
  /// Of the thread that looks.
  hang_watch watch_;
  bool was_hanging_ = false;
  /// Of the first shard.
  std::vector<hanging_call> hanging_;
  std::uint64_t loads_ = 0;
  std::size_t mapped_files_ = 0;
  bool is_loading_ = false;
  unique_function<void()> stop_when_loaded_;
};

}  // namespace tidemill::extension
