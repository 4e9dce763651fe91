// Extensions in the life of the broker: loaded before metadata names them, looked at anew when
// somebody asks, closed when nothing uses them any more.
#include <utility>

#include "io/executable.hpp"
#include "server/broker_process.hpp"

namespace tidemill::server {

void broker_process::make_extensions() {
  control_ = std::make_unique<io::asio::thread_pool>(1);
  extension::extension_services services{{},     *control_,        *pool_, *disk_,
                                         clock_, extension_lines_, {},     version_.c_str()};
  for (const auto& each : shards_) {
    services.shards.push_back(&each->loop());
  }
  services.copies_directory = directory_->path() + "/extensions";
  extensions_ = extension::make_extensions(std::move(services));
  extension_names_ = std::make_unique<extension_names>(*extensions_);
  policies_.use(*extensions_);
}

void broker_process::load_extensions(unique_function<void(std::vector<std::string>)> done) {
  extensions_->load(wanted_extensions(values_, io::executable_directory()),
                    [this, done = std::move(done)](extension::load_outcome made) mutable {
                      for (const std::string& problem : made.problems) {
                        log_.error("extension_problem", {{"message", escaped_text{problem}}});
                      }
                      log_.info("extensions_loaded",
                                {{"plugins", std::uint64_t{made.plugins}},
                                 {"instances", std::uint64_t{made.instances}},
                                 {"problems", std::uint64_t{made.problems.size()}}});
                      if (!made.missing_required.empty() && !controller_started_) {
                        fail({made.missing_required + " (required = true)"});
                      }
                      done(std::move(made.problems));
                    });
}

/// The first look: what metadata is about to name is there before it does.
void broker_process::start_extensions() {
  if (admin_ != nullptr) {
    admin_->start();
  }
  load_extensions([this](const std::vector<std::string>&) {
    if (is_stopping_) {
      return;
    }
    if (const auto wrong = problem_with_defaults(topic_defaults(values_), *extension_names_)) {
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
  if (!extensions_->is_loading()) {
    answer_reloads();
  }
}

void broker_process::answer_reloads() {
  if (waiting_reloads_.empty() || is_stopping_) {
    return;
  }
  load_extensions([this, waiting = std::exchange(waiting_reloads_, {})](
                      const std::vector<std::string>& problems) mutable {
    for (auto& [outcome, done] : waiting) {
      outcome.problems = problems;
      done(std::move(outcome));
    }
    answer_reloads();
  });
}

void broker_process::stop_extensions() {
  extensions_->stop([this] { close_directory(); });
}

}  // namespace tidemill::server
