#include "extension/extension_host.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/escape.hpp"
#include "base/suggestion.hpp"

namespace tidemill::extension {

/// One name that topics use, and what stands for it at each seam.
struct extension_host::named_use {
  extension_point point;
  std::unique_ptr<partitioner_adapter> warning;
  std::unique_ptr<partitioner_adapter> rejecting;
  std::unique_ptr<transform_adapter> gate;
  /// Made with the rest: its states on the blocking pool belong to the seat.
  retention_adapter retention;
  /// What topics have used it for since the start.
  std::set<kind> kinds;

  named_use(const std::string& name, const host_environment& environment,
            const extension_services& services)
      : point(name, environment),
        warning(std::make_unique<partitioner_adapter>(point, verify_mode::warn)),
        rejecting(std::make_unique<partitioner_adapter>(point, verify_mode::reject)),
        gate(std::make_unique<transform_adapter>(point)),
        retention(point, environment, services.shards, services.pool) {}
};

extension_host::extension_host(extension_services services)
    : services_(std::move(services)),
      environment_{services_.clock,
                   services_.log,
                   calls_,
                   names_,
                   static_cast<std::uint32_t>(services_.shards.size()),
                   services_.version,
                   services_.hang_after},
      store_(services_.disk, services_.control, environment_, services_.copies_directory),
      watch_(services_.hang_after) {
  for (std::size_t type = 1; type < codec_adapters_.size(); ++type) {
    codec_adapters_.at(type) = std::make_unique<codec_adapter>(environment_);
  }
}

extension_host::~extension_host() = default;

// Loading ----------------------------------------------------------------------------------------

void extension_host::load(wanted_extensions wanted, load_completion done) {
  is_loading_ = true;
  services_.control.submit([this, wanted = std::move(wanted), before = current_,
                            in_use = kinds_in_use(), done = std::move(done)]() mutable {
    auto made = store_.load(wanted, before.get(), in_use);
    const std::size_t mapped = store_.mapped();
    before.reset();
    services_.shards.front()->post(
        [this, made = std::move(made), mapped, done = std::move(done)]() mutable {
          mapped_files_ = mapped;
          adopt(std::move(made), std::move(done));
        });
  });
}

void extension_host::adopt(std::shared_ptr<const extension_set> made, load_completion done) {
  current_ = made;
  disabled_.clear();
  ++loads_;
  give_codecs(*made);
  struct change {
    named_use* use;
    std::shared_ptr<const instance> next;
  };
  auto changes = std::make_shared<std::vector<change>>();
  for (const auto& [name, use] : uses_) {
    // A name that went keeps its holder: topics use it.
    if (const auto found = made->instances.find(name); found != made->instances.end()) {
      changes->push_back({use.get(), found->second});
    }
  }
  on_each_shard(
      [this, changes](shard_index shard, finished ended) {
        for (std::size_t type = 1; type < codec_adapters_.size(); ++type) {
          codec_adapters_.at(type)->let_go_here();
        }
        auto left = std::make_shared<std::pair<std::size_t, finished>>(changes->size() + 1,
                                                                       std::move(ended));
        const auto one_less = [left] {
          if (--left->first == 0) {
            left->second();
          }
        };
        for (const change& each : *changes) {
          give_seat(*each.use, shard, each.next, one_less);
        }
        one_less();
      },
      [this, made = std::move(made), done = std::move(done)]() mutable {
        is_loading_ = false;
        done({made->plugins.size(), made->instances.size(), made->problems, made->missing_required,
              made->fresh_rules});
        made.reset();
        if (stop_when_loaded_) {
          stop(std::exchange(stop_when_loaded_, nullptr));
        }
      });
}

void extension_host::check_rule(std::string file, std::string source, rule_check done) {
  services_.control.submit(
      [this, file = std::move(file), source = std::move(source), done = std::move(done)]() mutable {
        auto checked = lua::check_rule(std::move(file), std::move(source));
        services_.shards.front()->post(
            [checked = std::move(checked), done = std::move(done)]() mutable {
              done(std::move(checked));
            });
      });
}

void extension_host::give_codecs(const extension_set& made) {
  for (std::size_t type = 1; type < codec_adapters_.size(); ++type) {
    const auto& next = made.codecs.at(type);
    codec_adapter& adapter = *codec_adapters_.at(type);
    const auto which = static_cast<record::compression_type>(type);
    if (next == nullptr) {
      codecs_.set(which, nullptr);
    }
    if (adapter.holder() != next) {
      adapter.give_to(next);
    }
    if (next != nullptr) {
      codecs_.set(which, &adapter);
    }
  }
}

void extension_host::disable(std::string_view name, unique_function<void(bool)> done) {
  const bool is_known = current_ != nullptr && current_->instances.contains(name);
  const auto use = uses_.find(name);
  if (!is_known && use == uses_.end()) {
    return done(false);
  }
  disabled_.emplace(name);
  for (std::size_t type = 1; type < codec_adapters_.size(); ++type) {
    const auto holder = codec_adapters_.at(type)->holder();
    if (holder != nullptr && holder->name() == name) {
      codecs_.set(static_cast<record::compression_type>(type), nullptr);
    }
  }
  named_use* here = use == uses_.end() ? nullptr : use->second.get();
  on_each_shard(
      [here](shard_index shard, finished ended) {
        if (here != nullptr) {
          here->point.at(shard).set_working(false);
        }
        ended();
      },
      [done = std::move(done)]() mutable { done(true); });
}

/// On the shard.
void extension_host::give_seat(named_use& use, shard_index shard,
                               std::shared_ptr<const instance> next,
                               unique_function<void()> given) {
  if (use.point.at(shard).holder() == next) {
    use.point.at(shard).set_working(true);
    return given();
  }
  use.retention.release(shard,
                        [&use, shard, next = std::move(next), given = std::move(given)]() mutable {
                          use.point.at(shard).give_to(std::move(next));
                          given();
                        });
}

void extension_host::on_each_shard(std::function<void(shard_index, finished)> work, finished done) {
  struct gathering {
    std::function<void(shard_index, finished)> work;
    std::size_t left;
    finished done;
  };
  auto state = std::make_shared<gathering>(
      gathering{std::move(work), services_.shards.size(), std::move(done)});
  for (std::uint32_t index = 0; index < services_.shards.size(); ++index) {
    services_.shards[index]->post([this, state, shard = shard_index{index}] {
      state->work(shard, [this, state] {
        services_.shards.front()->post([state] {
          if (--state->left == 0) {
            state->done();
          }
        });
      });
    });
  }
}

void extension_host::stop(unique_function<void()> done) {
  if (is_loading_) {
    stop_when_loaded_ = std::move(done);
    return;
  }
  auto all = std::make_shared<std::vector<named_use*>>();
  for (const auto& [name, use] : uses_) {
    all->push_back(use.get());
  }
  for (std::size_t type = 1; type < codec_adapters_.size(); ++type) {
    codecs_.set(static_cast<record::compression_type>(type), nullptr);
    codec_adapters_.at(type)->give_to(nullptr);
  }
  current_.reset();
  on_each_shard(
      [this, all](shard_index shard, finished ended) {
        for (std::size_t type = 1; type < codec_adapters_.size(); ++type) {
          codec_adapters_.at(type)->let_go_here();
        }
        auto left =
            std::make_shared<std::pair<std::size_t, finished>>(all->size() + 1, std::move(ended));
        const auto one_less = [left] {
          if (--left->first == 0) {
            left->second();
          }
        };
        for (named_use* use : *all) {
          give_seat(*use, shard, nullptr, one_less);
        }
        one_less();
      },
      [this, done = std::move(done)]() mutable {
        for (std::size_t type = 1; type < codec_adapters_.size(); ++type) {
          codec_adapters_.at(type)->let_go_all();
        }
        // Behind the ends of the instances, which are on their way to the same thread.
        services_.control.submit([this, done = std::move(done)]() mutable {
          store_.unload_all();
          services_.shards.front()->post(std::move(done));
        });
      });
}

// Names ------------------------------------------------------------------------------------------

std::optional<std::string> extension_host::problem_with(kind use, std::string_view name) const {
  std::vector<std::string_view> fitting;
  std::string listed;
  if (current_ != nullptr) {
    for (const auto& [known, one] : current_->instances) {
      if (one->about().offers(use)) {
        fitting.push_back(known);
        listed += (listed.empty() ? "" : ", ") + known;
      }
    }
    const auto found = current_->instances.find(name);
    if (found != current_->instances.end() && found->second->about().offers(use)) {
      return std::nullopt;
    }
    const auto unconfigured = current_->unconfigured.find(name);
    if (found == current_->instances.end() && unconfigured != current_->unconfigured.end() &&
        current_->plugins.find(name)->second->about.offers(use)) {
      return "the plugin \"" + escape(name) + "\" needs a configuration (" + unconfigured->second +
             "); declare an [[extension]] with plugin = \"" + escape(name) + "\" and name that";
    }
    if (found != current_->instances.end()) {
      return "\"" + escape(name) + "\" is no " + std::string(name_of(use)) + "; there is " +
             (listed.empty() ? "none" : listed);
    }
  }
  if (current_ != nullptr && name.starts_with(rule_prefix)) {
    // Its file may be there, and be no good.
    const std::string file(name.substr(rule_prefix.size()));
    for (const std::string& one : current_->problems) {
      if (one.starts_with("rule " + file)) {
        return one;
      }
    }
  }
  std::string sentence =
      "there is no " + std::string(name_of(use)) + " \"" + escape(name) + "\" on this broker";
  if (const auto near = nearest(name, fitting)) {
    return sentence + "; did you mean \"" + std::string(*near) + "\"?";
  }
  return sentence + "; there is " + (listed.empty() ? "none" : listed);
}

const seat& extension_host::seat_of(const named_use& use, shard_index shard) noexcept {
  return use.point.at(shard);
}

names_in_use extension_host::kinds_in_use() const {
  names_in_use all;
  for (const auto& [name, use] : uses_) {
    all.emplace(name, use->kinds);
  }
  return all;
}

extension_host::named_use& extension_host::use_of(const std::string& name, kind as) {
  auto& use = uses_[name];
  if (use == nullptr) {
    use = std::make_unique<named_use>(name, environment_, services_);
    if (current_ != nullptr) {
      const auto found = current_->instances.find(name);
      if (found != current_->instances.end()) {
        // No shard has heard of it yet.
        for (std::uint32_t index = 0; index < services_.shards.size(); ++index) {
          seat& here = use->point.at(shard_index{index});
          here.give_to(found->second);
          here.set_working(!disabled_.contains(name));
        }
      }
    }
  }
  use->kinds.insert(as);
  return *use;
}

partition::partitioner_check* extension_host::partitioner(const std::string& name,
                                                          verify_mode mode) {
  named_use& use = use_of(name, kind::partitioner);
  return mode == verify_mode::warn ? use.warning.get() : use.rejecting.get();
}

partition::record_gate* extension_host::gate(const std::string& name) {
  return use_of(name, kind::transform).gate.get();
}

partition::retention_extension* extension_host::retention(const std::string& name) {
  return &use_of(name, kind::retention).retention;
}

std::unique_ptr<extensions> make_extensions(extension_services services) {
  return std::make_unique<extension_host>(std::move(services));
}

}  // namespace tidemill::extension
