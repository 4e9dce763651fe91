#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "extension/control_calls.hpp"
#include "extension/instance.hpp"
#include "extension/lua/rule_store.hpp"
#include "extension/plugin_file.hpp"
#include "io/disk.hpp"
#include "io/event_loop.hpp"
#include "record/batch_header.hpp"

namespace tidemill::extension {

/// What a look at directories and configuration has come to. Never changes; shared by whoever
/// works with it.
struct extension_set {
  using instance_map = std::map<std::string, std::shared_ptr<const instance>, std::less<>>;

  std::vector<std::string> directories;
  /// By name: those of the configuration, and one for each plugin that works without any.
  instance_map instances;
  /// By name.
  std::map<std::string, std::shared_ptr<const loaded_plugin>, std::less<>> plugins;
  /// Where each of them was found last.
  std::map<std::string, std::string, std::less<>> paths;
  /// Plugins that are of no use without a configuration, and why.
  std::map<std::string, std::string, std::less<>> unconfigured;
  /// By Kafka's id: who compresses. An instance of the configuration goes before a plugin.
  std::array<std::shared_ptr<const instance>, record::compression_type_count> codecs;
  /// The rules among the instances, and what their files hold that was not accepted before.
  std::vector<accepted_rule> rules;
  std::vector<accepted_rule> fresh_rules;
  /// What went wrong, one sentence each.
  std::vector<std::string> problems;
  /// The first of them that keeps a required instance away; empty when none does.
  std::string missing_required;
};

/// What topics use extensions as, by name. A codec needs no topic that names it.
using names_in_use = std::map<std::string, std::set<kind>, std::less<>>;

/// Every plugin that the process has loaded, and the making of instances. Control thread, but for
/// the constructor. What it loads stays mapped until the process ends. A plugin that hangs in a
/// call is told as one that fails, and the rest of the look goes on.
class plugin_store {
 public:
  /// Borrows all of it. `copies` is a directory for this process alone; made, and emptied, by the
  /// first load(). Instances are destroyed through `control`, whose one thread calls all the rest.
  plugin_store(io::disk& disk, io::blocking_pool& control, const host_environment& environment,
               std::string copies);

  /// Looks at everything anew. What has not changed since `before` (nullptr: the first time) is
  /// taken over; what is broken now and worked before goes on as it was, and so does what would
  /// lose a kind that is `in_use`. Blocks.
  [[nodiscard]] std::shared_ptr<const extension_set> load(const wanted_extensions& wanted,
                                                          const extension_set* before,
                                                          const names_in_use& in_use = {});

  /// unload() of all plugins, when the last instance is gone.
  void unload_all();

  /// Files mapped into the process, those that were replaced included.
  [[nodiscard]] std::size_t mapped() const noexcept { return loaded_.size() + mapped_.size(); }
  /// Contents whose refusal is remembered.
  [[nodiscard]] std::size_t refused() const noexcept { return refused_.size(); }

 private:
  using plugin_pointer = std::shared_ptr<const loaded_plugin>;

  void find_plugins(const wanted_extensions& wanted, const extension_set* before,
                    extension_set& into);
  void look_through(const std::string& directory, bool must_be_there, const extension_set* before,
                    extension_set& into);
  void add_plugin(const std::string& path, const extension_set* before, extension_set& into);
  [[nodiscard]] outcome<plugin_pointer> load_file(const std::string& path,
                                                  const extension_set& among);
  [[nodiscard]] outcome<plugin_identity> inspect(const plugin_file& file);
  [[nodiscard]] outcome<plugin_pointer> map_file(const plugin_file& file,
                                                 const plugin_identity& who);
  [[nodiscard]] outcome<const tidemill_plugin*> map_copy(const std::string& copy,
                                                         const plugin_identity& who);
  [[nodiscard]] static outcome<void> load_here(const loaded_plugin& plugin);
  [[nodiscard]] outcome<void> call_load(const plugin_pointer& plugin);
  void make_instances(const wanted_extensions& wanted, const extension_set* before,
                      extension_set& into);
  void add_instance(const instance_settings& settings, const extension_set* before,
                    extension_set& into);
  void add_unconfigured(const std::string& plugin, const extension_set* before,
                        extension_set& into);
  [[nodiscard]] static std::shared_ptr<const instance> unchanged(const instance_settings& settings,
                                                                 const extension_set* before,
                                                                 const extension_set& among);
  [[nodiscard]] static std::shared_ptr<const instance> unchanged(const instance_settings& settings,
                                                                 const extension_set* before,
                                                                 const loaded_plugin& plugin);
  [[nodiscard]] outcome<std::shared_ptr<const instance>> make_instance(
      const instance_settings& settings, const extension_set* before, const extension_set& among);
  [[nodiscard]] outcome<void> check_kinds(const instance& before, const descriptor& next) const;
  [[nodiscard]] outcome<std::shared_ptr<const instance>> make_of(plugin_pointer plugin,
                                                                 const instance_settings& settings);
  void make_rules(const wanted_rules& wanted, const extension_set* before, extension_set& into);
  void choose_codecs(const wanted_extensions& wanted, extension_set& into) const;

  io::disk& disk_;
  io::blocking_pool& control_;
  const host_environment& environment_;
  plugin_copies copies_;
  // Shared with instances, which are destroyed by it.
  std::shared_ptr<control_calls> calls_;
  lua::rule_store rules_;
  bool copies_are_ready_ = false;
  /// By the content of the file. Shared with instances.
  std::map<std::string, plugin_pointer, std::less<>> loaded_;
  /// What is mapped and was not loaded, by content: load() may be called again.
  std::map<std::string, const tidemill_plugin*, std::less<>> mapped_;
  /// Files of the last look that are no good, and why, by content: they are not inspected again.
  std::map<std::string, std::string, std::less<>> refused_;
  /// Of the look under way.
  std::map<std::string, std::string, std::less<>> refused_now_;
  std::set<std::string> seen_;
  names_in_use in_use_;
};

}  // namespace tidemill::extension
