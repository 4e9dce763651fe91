// What extensions tell of themselves: gathered when somebody asks, so that counting costs the calls
// a plain increment.
#include <algorithm>
#include <iterator>
#include <utility>

#include "extension/extension_host.hpp"

namespace tidemill::extension {
namespace {

constexpr std::array<kind, 3> seated_kinds{kind::partitioner, kind::transform, kind::retention};

bool is_worse(breaker::state left, breaker::state right) noexcept {
  const auto rank = [](breaker::state one) {
    return one == breaker::state::open ? 2 : one == breaker::state::probing ? 1 : 0;
  };
  return rank(left) > rank(right);
}

void add(const call_figures& more, call_figures& sum) noexcept {
  sum.calls += more.calls;
  sum.records += more.records;
  sum.nanoseconds += more.nanoseconds;
  sum.durations.add(more.durations);
  sum.errors += more.errors;
  sum.overruns += more.overruns;
  sum.out_of_range += more.out_of_range;
  sum.spared += more.spared;
  sum.objections += more.objections;
  sum.breaker_openings += more.breaker_openings;
  if (is_worse(more.breaker_state, sum.breaker_state)) {
    sum.breaker_state = more.breaker_state;
  }
}

void describe(const instance& one, instance_report& into) {
  into.plugin = one.about().name;
  into.version = one.about().version;
  into.fingerprint = one.fingerprint();
  into.memory_bytes = one.host().allocated_bytes();
  into.metrics = one.host().metrics().read();
  into.config.clear();
  for (const auto& [key, entry] : one.host().config()) {
    into.config.emplace_back(key, entry.shown);
  }
}

/// Of the kinds that the plugin has, each with nothing counted yet.
void add_kinds(const descriptor& about, instance_report& into) {
  for (const kind which : {kind::partitioner, kind::transform, kind::retention, kind::codec}) {
    if (about.offers(which)) {
      into.kinds.push_back({which, {}});
    }
  }
}

void add_figures(kind which, const call_figures& figures, instance_report& into) {
  const auto known = std::ranges::find(into.kinds, which, &kind_report::which);
  if (known != into.kinds.end()) {
    add(figures, known->figures);
  } else if (figures.calls + figures.spared > 0) {
    into.kinds.push_back({which, figures});
  }
}

std::string seconds_text(std::chrono::nanoseconds time) {
  const auto tenths = time / std::chrono::milliseconds(100);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " seconds";
}

plugin_report describe(const loaded_plugin& plugin, const std::string& path) {
  plugin_report shown;
  shown.name = plugin.about.name;
  shown.version = plugin.about.version;
  shown.licence = plugin.about.licence;
  shown.summary = plugin.about.summary;
  shown.path = path;
  shown.sha256 = plugin.sha256;
  shown.kinds = plugin.about.kinds;
  for (const config_key& key : plugin.about.keys) {
    if (key.is_required) {
      shown.required_keys.push_back(key.name);
    }
  }
  shown.metrics = plugin.host->metrics().read();
  return shown;
}

}  // namespace

void extension_host::report(unique_function<void(extension_report)> done) {
  auto each_shard =
      std::make_shared<std::vector<std::vector<instance_report>>>(services_.shards.size());
  // A name may come up while shards are asked: they look at those that are there now.
  auto names = std::make_shared<std::vector<const named_use*>>();
  for (const auto& [name, use] : uses_) {
    names->push_back(use.get());
  }
  on_each_shard(
      [this, each_shard, names](shard_index shard, finished ended) {
        (*each_shard)[shard.value()] = read_shard(shard, *names);
        ended();
      },
      [this, each_shard, done = std::move(done)]() mutable {
        extension_report all;
        all.loads = loads_;
        all.mapped_files = mapped_files_;
        all.hanging = hanging_;
        if (current_ != nullptr) {
          all.directories = current_->directories;
          all.problems = current_->problems;
          for (const auto& [name, plugin] : current_->plugins) {
            all.plugins.push_back(describe(*plugin, current_->paths.at(name)));
          }
          for (const auto& [name, one] : current_->instances) {
            instance_report& shown = all.instances.emplace_back();
            shown.name = name;
            shown.is_current = true;
            describe(*one, shown);
            add_kinds(one->about(), shown);
          }
        }
        add_uses(*each_shard, all);
        add_codecs(all);
        for (instance_report& one : all.instances) {
          one.is_disabled = disabled_.contains(one.name);
        }
        done(std::move(all));
      });
}

extensions::hang_findings extension_host::look_for_hanging_calls() {
  hang_watch::findings found = watch_.look(services_.clock.now(), io::calls_in_progress());
  for (const hanging_call& one : found.begun) {
    services_.log.write(line_level::error, one.plugin, one.instance,
                        one.function + " has not returned for " + seconds_text(one.lasts) +
                            ": it hangs, and its thread with it");
  }
  for (const hanging_call& one : found.ended) {
    services_.log.write(line_level::warning, one.plugin, one.instance,
                        one.function + " has returned after " + seconds_text(one.lasts));
  }
  if (was_hanging_ || !found.hanging.empty()) {
    services_.shards.front()->post([this, hanging = found.hanging] { hanging_ = hanging; });
  }
  was_hanging_ = !found.hanging.empty();
  return {std::move(found.hanging), std::move(found.begun)};
}

/// On the shard: what its seats have counted.
std::vector<instance_report> extension_host::read_shard(
    shard_index shard, const std::vector<const named_use*>& uses) const {
  std::vector<instance_report> seen;
  for (const named_use* use : uses) {
    const seat& here = seat_of(*use, shard);
    instance_report& one = seen.emplace_back();
    one.name = here.name();
    if (here.holder() != nullptr) {
      describe(*here.holder(), one);
      add_kinds(here.holder()->about(), one);
    }
    for (const kind which : seated_kinds) {
      add_figures(which, here.figures(which), one);
    }
    one.mismatches.assign(here.mismatches().begin(), here.mismatches().end());
  }
  return seen;
}

void extension_host::add_uses(const std::vector<std::vector<instance_report>>& seen,
                              extension_report& into) {
  for (const auto& shard : seen) {
    for (const instance_report& one : shard) {
      auto known = std::ranges::find(into.instances, one.name, &instance_report::name);
      if (known == into.instances.end()) {
        into.instances.push_back(one);
        continue;
      }
      for (const kind_report& each : one.kinds) {
        add_figures(each.which, each.figures, *known);
      }
      for (const auto& [client, count] : one.mismatches) {
        const auto same = std::ranges::find(known->mismatches, client,
                                            &std::pair<std::string, std::uint64_t>::first);
        if (same != known->mismatches.end()) {
          same->second += count;
        } else {
          known->mismatches.emplace_back(client, count);
        }
      }
    }
  }
}

void extension_host::add_codecs(extension_report& into) const {
  for (std::size_t type = 1; type < codec_adapters_.size(); ++type) {
    const auto holder = codec_adapters_.at(type)->holder();
    if (holder == nullptr) {
      continue;
    }
    const auto known = std::ranges::find(into.instances, holder->name(), &instance_report::name);
    if (known != into.instances.end()) {
      add_figures(kind::codec, codec_adapters_.at(type)->figures(), *known);
    }
  }
}

}  // namespace tidemill::extension
