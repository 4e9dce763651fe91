// Extensions in the life of the broker: loaded before metadata names them, looked at anew when
// somebody asks, closed when nothing uses them any more.
#include <utility>

#include "io/crash_note.hpp"
#include "io/executable.hpp"
#include "io/process_end.hpp"
#include "server/broker_process.hpp"

namespace tidemill::server {

void broker_process::make_extensions() {
  control_ = std::make_unique<io::asio::thread_pool>(1);
  extension::extension_services services{{},     *control_,        *pool_,
                                         *disk_, clock_,           extension_lines_,
                                         {},     version_.c_str(), values_.extensions.hang_after};
  for (const auto& each : shards_) {
    services.shards.push_back(&each->loop());
  }
  services.copies_directory = directory_->path() + "/extensions";
  extensions_ = extension::make_extensions(std::move(services));
  extension_names_ =
      std::make_unique<extension_names>(*extensions_, [this](unique_function<void()> done) {
        look_at_rules(
            [done = std::move(done)](const std::vector<std::string>&) mutable { done(); });
      });
  policies_.use(*extensions_);
}

void broker_process::make_rules() {
  rules_ = std::make_unique<rule_deployment>(
      *extensions_, *controller_, clock_, log_,
      [this](rule_deployment::done_with_problems done) { look_at_rules(std::move(done)); });
}

/// Whoever asks while something is being loaded is answered by a look of his own.
void broker_process::look_at_rules(rule_deployment::done_with_problems done) {
  waiting_looks_.push_back(std::move(done));
  if (!is_looking_at_extensions_) {
    answer_reloads();
  }
}

void broker_process::load_extensions(rule_look rules, looked done) {
  auto wanted = wanted_extensions(values_, io::executable_directory());
  if (rules == rule_look::none) {
    wanted.rules = {};
  } else {
    wanted.rules.accepted = accepted_rules(*controller_->current());
    wanted.rules.takes_changes = rules == rule_look::take_changes;
  }
  is_looking_at_extensions_ = true;
  extensions_->load(std::move(wanted),
                    [this, rules, done = std::move(done)](extension::load_outcome made) mutable {
                      extensions_loaded(rules, std::move(made), std::move(done));
                    });
}

/// A rule that takes the place of another runs once it is kept: so what decides about records is
/// what a restart runs.
void broker_process::extensions_loaded(rule_look rules, extension::load_outcome made, looked done) {
  if (made.fresh_rules.empty()) {
    return tell_of_extensions(std::move(made), std::move(done));
  }
  auto fresh = std::exchange(made.fresh_rules, {});
  rules_->keep(std::move(fresh),
               [this, rules, made = std::move(made), done = std::move(done)](bool kept) mutable {
                 if (kept && rules == rule_look::take_changes && !is_stopping_) {
                   return load_extensions(rule_look::keep_accepted, std::move(done));
                 }
                 tell_of_extensions(std::move(made), std::move(done));
               });
}

void broker_process::tell_of_extensions(extension::load_outcome made, looked done) {
  for (const std::string& problem : made.problems) {
    log_.error("extension_problem", {{"message", escaped_text{problem}}});
  }
  log_.info("extensions_loaded", {{"plugins", std::uint64_t{made.plugins}},
                                  {"instances", std::uint64_t{made.instances}},
                                  {"problems", std::uint64_t{made.problems.size()}}});
  if (!made.missing_required.empty() && !controller_started_) {
    fail({made.missing_required + " (required = true)"});
  }
  is_looking_at_extensions_ = false;
  done(std::move(made.problems));
}

/// The second look, when metadata says which rules were accepted; before any partition opens.
void broker_process::start_rules(unique_function<void()> done) {
  if (values_.extensions.scripts.empty() && controller_->current()->rules().empty()) {
    return done();
  }
  load_extensions(rule_look::keep_accepted,
                  [this, done = std::move(done)](const std::vector<std::string>&) mutable {
                    const auto wrong =
                        problem_with_defaults(topic_defaults(values_), *extension_names_);
                    if (wrong && !is_stopping_) {
                      return fail({*wrong});
                    }
                    done();
                  });
}

/// The first look: what metadata is about to name is there before it does.
void broker_process::start_extensions() {
  if (admin_ != nullptr) {
    admin_->start();
  }
  load_extensions(rule_look::none, [this](const std::vector<std::string>&) {
    if (is_stopping_) {
      return;
    }
    // Rules are known when metadata is.
    const bool has_rules = !values_.extensions.scripts.empty();
    const auto wrong = has_rules
                           ? std::nullopt
                           : problem_with_defaults(topic_defaults(values_), *extension_names_);
    if (wrong) {
      return fail({*wrong});
    }
    start_controller();
    answer_reloads();
  });
}

/// Whoever asks while plugins are being loaded gets a look of his own: what he has just changed may
/// not have been seen any more.
void broker_process::reload_extensions(unique_function<void(reload_outcome)> done) {
  reload_outcome outcome = reload_configuration();
  if (!outcome.problems.empty()) {
    return done(std::move(outcome));
  }
  waiting_reloads_.push_back({std::move(outcome), std::move(done)});
  if (!is_looking_at_extensions_) {
    answer_reloads();
  }
}

void broker_process::answer_reloads() {
  if (is_stopping_) {
    return;
  }
  if (waiting_reloads_.empty()) {
    return answer_looks();
  }
  load_extensions(rule_look::take_changes, [this, waiting = std::exchange(waiting_reloads_, {})](
                                               const std::vector<std::string>& problems) mutable {
    for (auto& [outcome, done] : waiting) {
      outcome.problems = problems;
      done(std::move(outcome));
    }
    answer_reloads();
  });
}

void broker_process::answer_looks() {
  if (waiting_looks_.empty()) {
    return;
  }
  load_extensions(rule_look::keep_accepted, [this, waiting = std::exchange(waiting_looks_, {})](
                                                const std::vector<std::string>& problems) mutable {
    for (auto& done : waiting) {
      done(problems);
    }
    answer_reloads();
  });
}

void broker_process::stop_extensions() {
  partitions_are_closed_ = true;
  stop_progress_->waits_for("extensions");
  extensions_->stop([this] { close_directory(); });
}

// Plugins that hang
// -------------------------------------------------------------------------------------

void broker_process::make_watch() {
  plugin_watch::options with;
  with.hang_after = values_.extensions.hang_after;
  // What waits for connections and for calls that are not given up yet has had its time then.
  with.stop_time_max = values_.broker.stop_timeout + values_.extensions.hang_after;
  watch_ = std::make_unique<plugin_watch>(
      with, *extensions_, *pool_, log_,
      [this](unique_function<void(bool)> done) { close_the_rest(std::move(done)); });
}

/// Shards whose threads still turn close their partitions. Where all of them had done so before,
/// only extensions were left, and the directory is closed as in any stop.
void broker_process::close_the_rest(unique_function<void(bool)> done) {
  if (partitions_are_closed_) {
    return done(close_directory_here().has_value());
  }
  struct gathering {
    std::atomic<std::size_t> left;
    unique_function<void(bool)> done;
  };
  auto all = std::make_shared<gathering>();
  all->left = shards_.size();
  all->done = std::move(done);
  for (const auto& each : shards_) {
    each->loop().post([of = each.get(), all] {
      const auto one_less = [all] {
        if (--all->left == 0) {
          all->done(false);  // metadata and directory stay as after a crash
        }
      };
      // Where they are being stopped already, what they wait for is what hangs.
      if (of->partitions_are_stopped || !of->stop_partitions(one_less)) {
        one_less();
      }
    });
  }
}

/// Its threads would be waited for in vain.
void broker_process::leave_if_plugins_hang() {
  const auto left = io::calls_in_progress();
  for (const io::call_in_progress& one : left) {
    tell_left_behind({one.call.plugin, one.call.version, one.call.instance, one.call.function},
                     log_);
  }
  if (!left.empty()) {
    io::leave_process(has_failed_ ? 1 : 0);
  }
}

}  // namespace tidemill::server
