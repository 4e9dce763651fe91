#include "extension/plugin_store.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/escape.hpp"
#include "base/suggestion.hpp"
#include "extension/plugin_call.hpp"

namespace tidemill::extension {
namespace {

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// The plugin that came from this file the last time, as far as it is still in work.
const std::shared_ptr<const loaded_plugin>* came_from(const std::string& path,
                                                      const extension_set* before) {
  if (before != nullptr) {
    for (const auto& [name, plugin] : before->plugins) {
      if (before->paths.at(name) == path) {
        return &plugin;
      }
    }
  }
  return nullptr;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

problem no_such_plugin(const std::string& name, const extension_set& among) {
  std::vector<std::string_view> names;
  for (const auto& [known, plugin] : among.plugins) {
    names.push_back(known);
  }
  std::string sentence = "there is no plugin \"" + escape(name) + "\"";
  if (const auto near = nearest(name, names)) {
    return {sentence + "; did you mean \"" + std::string(*near) + "\"?"};
  }
  return {sentence + " in " + listed(among.directories)};
}

}  // namespace

plugin_store::plugin_store(io::disk& disk, io::blocking_pool& control,
                           const host_environment& environment, std::string copies)
    : disk_(disk),
      control_(control),
      environment_(environment),
      copies_(disk, std::move(copies)),
      calls_(std::make_shared<control_calls>(environment)),
      rules_(disk, environment) {}

std::shared_ptr<const extension_set> plugin_store::load(const wanted_extensions& wanted,
                                                        const extension_set* before,
                                                        const names_in_use& in_use) {
  in_use_ = in_use;
  auto made = std::make_shared<extension_set>();
  made->directories = wanted.directories;
  std::ranges::copy(wanted.shipped_directories, std::back_inserter(made->directories));
  if (!copies_are_ready_) {
    if (const auto cleared = copies_.clear(); cleared) {
      copies_are_ready_ = true;
    } else {
      made->problems.push_back("plugins cannot be loaded: " + cleared.error().sentence);
    }
  }
  if (copies_are_ready_) {
    find_plugins(wanted, before, *made);
  }
  make_instances(wanted, before, *made);
  make_rules(wanted.rules, before, *made);
  choose_codecs(wanted, *made);
  return made;
}

// Files ------------------------------------------------------------------------------------------

void plugin_store::find_plugins(const wanted_extensions& wanted, const extension_set* before,
                                extension_set& into) {
  seen_.clear();
  refused_now_.clear();
  for (const std::string& directory : wanted.directories) {
    look_through(directory, true, before, into);
  }
  for (const std::string& directory : wanted.shipped_directories) {
    look_through(directory, false, before, into);
  }
  refused_ = std::exchange(refused_now_, {});
  if (before == nullptr) {
    return;
  }
  for (const auto& [name, plugin] : before->plugins) {
    if (into.plugins.try_emplace(name, plugin).second) {
      const std::string& path = into.paths.emplace(name, before->paths.at(name)).first->second;
      into.problems.push_back(path + " is not there any more; " + name + " " +
                              plugin->about.version + " goes on until the broker stops");
    }
  }
}

void plugin_store::look_through(const std::string& directory, bool must_be_there,
                                const extension_set* before, extension_set& into) {
  const auto paths = list_trusted(disk_, directory, ".so", must_be_there);
  if (!paths) {
    into.problems.push_back(paths.error().sentence);
    return;
  }
  for (const std::string& path : *paths) {
    if (seen_.insert(file_name(path)).second) {
      add_plugin(path, before, into);
    }
  }
}

void plugin_store::add_plugin(const std::string& path, const extension_set* before,
                              extension_set& into) {
  auto loaded = load_file(path, into);
  const auto take = [&](const plugin_pointer& one) {
    into.plugins.try_emplace(one->about.name, one);
    into.paths.try_emplace(one->about.name, path);
  };
  if (loaded) {
    return take(*loaded);
  }
  std::string sentence = loaded.error().sentence;
  if (const auto* old = came_from(path, before)) {
    sentence += "; " + (*old)->about.name + " " + (*old)->about.version + " goes on";
    take(*old);
  }
  into.problems.push_back(std::move(sentence));
}

outcome<plugin_store::plugin_pointer> plugin_store::load_file(const std::string& path,
                                                              const extension_set& among) {
  TIDEMILL_TRY_ASSIGN(file, read_trusted(disk_, path, plugin_size_bytes_max));
  const auto known = loaded_.find(file.sha256);
  plugin_identity who;
  if (known != loaded_.end()) {
    who.name = known->second->about.name;
  } else {
    TIDEMILL_TRY_ASSIGN(inspected, inspect(file));
    who = std::move(inspected);
  }
  if (const auto other = among.plugins.find(who.name); other != among.plugins.end()) {
    return problem{path + " says that it is the plugin \"" + who.name + "\", as " +
                   among.paths.at(who.name) + " does; it is not used"};
  }
  if (known != loaded_.end()) {
    return known->second;
  }
  // Not remembered: a library that it needs, room on the disk, whatever its load() waits for may
  // come.
  auto mapped = map_file(file, who);
  if (!mapped) {
    return problem{file.path + ": " + mapped.error().sentence};
  }
  loaded_.emplace(file.sha256, *mapped);
  return mapped;
}

/// What a file says is its content's own doing and stays true; so a refusal is remembered as long
/// as some look meets the content.
outcome<plugin_identity> plugin_store::inspect(const plugin_file& file) {
  auto why = refused_.extract(file.sha256);
  if (why.empty()) {
    auto inspected = inspect_plugin(file);
    if (inspected) {
      return inspected;
    }
    refused_now_.emplace(file.sha256, inspected.error().sentence);
  } else {
    refused_now_.insert(std::move(why));
  }
  return problem{file.path + ": " + refused_now_.at(file.sha256)};
}

outcome<plugin_store::plugin_pointer> plugin_store::map_file(const plugin_file& file,
                                                             const plugin_identity& who) {
  auto known = mapped_.find(file.sha256);
  if (known == mapped_.end()) {
    TIDEMILL_TRY_ASSIGN(copy, copies_.put(file));
    const auto raw = map_copy(copy, who);
    if (!raw) {
      copies_.drop(file);
      return raw.error();
    }
    known = mapped_.emplace(file.sha256, *raw).first;
  }
  TIDEMILL_TRY_ASSIGN(about, read_descriptor(known->second));
  auto made = std::make_shared<loaded_plugin>();
  made->about = std::move(about);
  made->sha256 = file.sha256;
  made->host = std::make_unique<host_handle>(
      environment_, host_identity{made->about.name, "", 64U << 20}, config_values());
  plugin_pointer loaded(std::move(made));
  TIDEMILL_TRY(call_load(loaded));
  mapped_.erase(known);
  return loaded;
}

/// One at a time: the loader of the system holds a lock while constructors run.
outcome<const tidemill_plugin*> plugin_store::map_copy(const std::string& copy,
                                                       const plugin_identity& who) {
  auto made = std::make_shared<std::optional<outcome<const tidemill_plugin*>>>();
  TIDEMILL_TRY(calls_->run("map", "a static constructor of " + who.name + " " + who.version,
                           [made, copy, who] { made->emplace(map_plugin(copy, who)); }));
  return **made;
}

outcome<void> plugin_store::call_load(const plugin_pointer& plugin) {
  if (plugin->about.raw->load == nullptr) {
    return {};
  }
  auto made = std::make_shared<outcome<void>>();
  TIDEMILL_TRY(calls_->run("load " + plugin->sha256, "load() of " + plugin->about.name,
                           [made, plugin] { *made = load_here(*plugin); }));
  return *made;
}

outcome<void> plugin_store::load_here(const loaded_plugin& plugin) {
  error_slot error;
  const tidemill_status status = call_plugin(plugin.about, "", "load", error, [&] {
    return plugin.about.raw->load(plugin.host->raw(), error.raw());
  });
  return status == TIDEMILL_OK ? outcome<void>()
                               : outcome<void>(problem{"load: " + error.message(status)});
}

/// One that hangs is left behind, and told by whoever watches calls.
void plugin_store::unload_all() {
  for (const auto& [hash, plugin] : loaded_) {
    if (plugin->about.raw->unload != nullptr) {
      static_cast<void>(
          calls_->run("unload " + hash, "unload() of " + plugin->about.name, [doomed = plugin] {
            notify_plugin(doomed->about, "", "unload", [&] { doomed->about.raw->unload(); });
          }));
    }
  }
}

// Instances --------------------------------------------------------------------------------------

void plugin_store::make_instances(const wanted_extensions& wanted, const extension_set* before,
                                  extension_set& into) {
  for (const instance_settings& settings : wanted.instances) {
    add_instance(settings, before, into);
  }
  for (const auto& [name, plugin] : into.plugins) {
    if (!into.instances.contains(name)) {
      add_unconfigured(name, before, into);
    }
  }
}

/// An instance of before that would come out the same; nullptr when there is none.
std::shared_ptr<const instance> plugin_store::unchanged(const instance_settings& settings,
                                                        const extension_set* before,
                                                        const extension_set& among) {
  const auto plugin = among.plugins.find(settings.plugin);
  return plugin == among.plugins.end() ? nullptr : unchanged(settings, before, *plugin->second);
}

std::shared_ptr<const instance> plugin_store::unchanged(const instance_settings& settings,
                                                        const extension_set* before,
                                                        const loaded_plugin& plugin) {
  if (before == nullptr) {
    return nullptr;
  }
  const auto old = before->instances.find(settings.name);
  const bool is_same = old != before->instances.end() && &old->second->plugin() == &plugin &&
                       old->second->settings() == settings;
  return is_same ? old->second : nullptr;
}

void plugin_store::add_instance(const instance_settings& settings, const extension_set* before,
                                extension_set& into) {
  if (auto same = unchanged(settings, before, into)) {
    into.instances.emplace(settings.name, std::move(same));
    return;
  }
  auto made = make_instance(settings, before, into);
  if (made) {
    into.instances.emplace(settings.name, std::move(*made));
    return;
  }
  std::string sentence = "extension \"" + settings.name + "\": " + made.error().sentence;
  if (before != nullptr && before->instances.contains(settings.name)) {
    into.instances.emplace(settings.name, before->instances.find(settings.name)->second);
    sentence += "; the one before goes on";
  } else if (settings.is_required && into.missing_required.empty()) {
    into.missing_required = sentence;
  }
  into.problems.push_back(std::move(sentence));
}

/// A plugin under its own name. One that wants a configuration is no problem until a topic names
/// it.
void plugin_store::add_unconfigured(const std::string& plugin, const extension_set* before,
                                    extension_set& into) {
  instance_settings settings;
  settings.name = plugin;
  settings.plugin = plugin;
  if (auto same = unchanged(settings, before, into)) {
    into.instances.emplace(plugin, std::move(same));
    return;
  }
  auto made = make_instance(settings, before, into);
  if (made) {
    into.instances.emplace(plugin, std::move(*made));
    return;
  }
  const std::vector<config_key>& keys = into.plugins.find(plugin)->second->about.keys;
  const bool wants_configuration = !keys.empty();
  const auto old = before == nullptr ? extension_set::instance_map::const_iterator()
                                     : before->instances.find(plugin);
  const bool has_worked = before != nullptr && old != before->instances.end();
  if (wants_configuration && !has_worked) {
    into.unconfigured.emplace(plugin, made.error().sentence);
    return;
  }
  std::string sentence = into.paths.at(plugin) + ": " + made.error().sentence;
  if (has_worked) {
    into.instances.emplace(plugin, old->second);
    sentence += "; the one before goes on";
  }
  into.problems.push_back(std::move(sentence));
}

outcome<std::shared_ptr<const instance>> plugin_store::make_instance(
    const instance_settings& settings, const extension_set* before, const extension_set& among) {
  const auto plugin = among.plugins.find(settings.plugin);
  if (plugin == among.plugins.end()) {
    return no_such_plugin(settings.plugin, among);
  }
  if (before != nullptr) {
    const auto old = before->instances.find(settings.name);
    if (old != before->instances.end()) {
      TIDEMILL_TRY(check_kinds(*old->second, plugin->second->about));
    }
  }
  return make_of(plugin->second, settings);
}

/// Whether `next` can stand in for what topics have of `before`.
outcome<void> plugin_store::check_kinds(const instance& before, const descriptor& next) const {
  const auto used = in_use_.find(before.name());
  for (const kind which : {kind::partitioner, kind::transform, kind::retention, kind::codec}) {
    const bool is_used =
        which == kind::codec || (used != in_use_.end() && used->second.contains(which));
    if (is_used && before.about().offers(which) && !next.offers(which)) {
      return problem{next.name + " " + next.version + " is no " + std::string(name_of(which)) +
                     " any more, as " + before.about().name + " " + before.about().version +
                     " is, and is used as one"};
    }
  }
  return {};
}

outcome<std::shared_ptr<const instance>> plugin_store::make_of(plugin_pointer plugin,
                                                               const instance_settings& settings) {
  auto made = std::make_shared<std::optional<outcome<std::unique_ptr<instance>>>>();
  const std::string key = "create " + settings.name + " " + plugin->sha256;
  TIDEMILL_TRY(calls_->run(
      key, "create() of " + settings.name,
      [made, plugin = std::move(plugin), settings, environment = &environment_]() mutable {
        made->emplace(instance::make(std::move(plugin), std::move(settings), *environment));
      }));
  if (!**made) {
    return (*made)->error();
  }
  // The last to let go of it may be any shard; what destroys it is this thread.
  const auto destroy = [&control = control_, calls = calls_](instance* doomed) {
    control.submit([calls, doomed] {
      const std::string name = doomed->name();
      // One that hangs is told by whoever watches calls.
      static_cast<void>(
          calls->run("destroy " + name, "destroy() of " + name, [doomed] { delete doomed; }));
    });
  };
  return std::shared_ptr<const instance>((**made)->release(), destroy);
}

// Rules ------------------------------------------------------------------------------------------

void plugin_store::make_rules(const wanted_rules& wanted, const extension_set* before,
                              extension_set& into) {
  lua::rule_look look = rules_.look(wanted);
  std::ranges::move(look.problems, std::back_inserter(into.problems));
  for (lua::rule_look::found& one : look.rules) {
    const auto& plugin = rules_.runs(one.kind);
    const auto same = unchanged(one.settings, before, *plugin);
    auto made = same != nullptr ? outcome<std::shared_ptr<const instance>>(same)
                                : make_of(plugin, one.settings);
    if (made) {
      into.instances.insert_or_assign(one.settings.name, std::move(*made));
      into.rules.push_back(std::move(one.rule));
    } else {
      into.problems.push_back("rule " + one.rule.file + ": " + made.error().sentence);
    }
  }
  for (accepted_rule& rule : look.fresh) {
    const bool is_there = std::ranges::any_of(
        into.rules, [&](const accepted_rule& one) { return one.file == rule.file; });
    if (is_there) {
      into.fresh_rules.push_back(std::move(rule));
    }
  }
}

// Codecs -----------------------------------------------------------------------------------------

void plugin_store::choose_codecs(const wanted_extensions& wanted, extension_set& into) const {
  const auto offer = [&](const std::shared_ptr<const instance>& one) {
    const tidemill_codec* codec = one->about().codec;
    if (codec != nullptr && into.codecs.at(codec->wire_id) == nullptr) {
      into.codecs.at(codec->wire_id) = one;
    }
  };
  for (const instance_settings& settings : wanted.instances) {
    if (const auto found = into.instances.find(settings.name); found != into.instances.end()) {
      offer(found->second);
    }
  }
  for (const auto& [name, one] : into.instances) {
    offer(one);
  }
}

}  // namespace tidemill::extension
