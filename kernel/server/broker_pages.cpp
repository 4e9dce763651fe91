// The pages of the admin server: what each path gathers.
#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "server/admin_pages.hpp"
#include "server/broker_process.hpp"
#include "server/command_line.hpp"
#include "server/extension_pages.hpp"
#include "server/process_memory.hpp"

namespace tidemill::server {
namespace {

constexpr const char* json_type = "application/json";
constexpr const char* metrics_type = "text/plain; version=0.0.4; charset=utf-8";

admin::http_response state(bool is_good, const char* good, const char* bad) {
  return {is_good ? 200U : 503U, "text/plain; charset=utf-8", is_good ? good : bad};
}

}  // namespace

void broker_process::add_pages() {
  pages_.add("/healthz",
             [this](admin::answer reply) { reply(state(!has_failed_, "ok\n", "failed\n")); });
  pages_.add("/readyz", [this](admin::answer reply) {
    if (!is_ready_) {
      return reply(state(false, "", is_stopping_ ? "stopping\n" : "starting\n"));
    }
    extensions_->report(
        [this, reply = std::move(reply)](const extension::extension_report& now) mutable {
          gather_failures([missing = missing_extensions(now, *controller_->current()),
                           reply = std::move(reply)](const failed_partitions& failed) mutable {
            reply({200, "text/plain; charset=utf-8", ready_page(failed, missing)});
          });
        });
  });
  pages_.add("/metrics", [this](admin::answer reply) { answer_metrics(std::move(reply)); });
  pages_.add("/v1/topics", [this](admin::answer reply) {
    reply({200, json_type, topics_page(*controller_->current())});
  });
  pages_.add("/v1/extensions", [this](admin::answer reply) {
    extensions_->report([reply = std::move(reply)](const extension::extension_report& now) mutable {
      reply({200, json_type, extensions_page(now)});
    });
  });
  pages_.add_action("/v1/extensions/reload",
                    [this](admin::answer reply) { answer_reload(std::move(reply)); });
  pages_.add_named_action(
      "/v1/extensions/", "/disable",
      [this](const std::string& name, const std::string&, admin::answer reply) {
        extensions_->disable(name, [this, name, reply = std::move(reply)](bool is_known) mutable {
          if (is_known) {
            log_.warn("extension_disabled", {{"instance", name}});
          }
          reply({is_known ? 200U : 404U, json_type, disable_page(name, is_known)});
        });
      });
  add_rule_pages();
  pages_.add("/v1/broker", [this](admin::answer reply) {
    gather_failures([this, reply = std::move(reply)](const failed_partitions& failed) mutable {
      const std::string version = version_text();
      const broker_facts facts{version, broker_options_.id, epoch_, directory_->path(), is_ready_,
                               failed};
      reply({200, json_type, broker_page(facts, *controller_->current())});
    });
  });
}

void broker_process::add_rule_pages() {
  const auto answer_with = [](admin::answer reply) {
    return [reply = std::move(reply)](rule_outcome<extension::accepted_rule> done) mutable {
      if (done) {
        reply({200, json_type, rule_accepted_page(done->file, done->sha256)});
      } else {
        reply({done.error().status, json_type, error_page(done.error().sentence)});
      }
    };
  };
  pages_.add("/v1/rules", [this](admin::answer reply) {
    extensions_->report(
        [this, reply = std::move(reply)](const extension::extension_report& now) mutable {
          reply({200, json_type, rules_page(*controller_->current(), now)});
        });
  });
  pages_.add_named(
      "/v1/rules/", "", [this](const std::string& file, const std::string&, admin::answer reply) {
        std::string page = rule_page(*controller_->current(), file);
        const bool is_there = !page.empty();
        reply({is_there ? 200U : 404U, json_type,
               is_there ? std::move(page) : error_page("there is no rule \"" + file + "\"")});
      });
  pages_.add_named_action(
      "/v1/rules/", "",
      [this, answer_with](std::string file, std::string source, admin::answer reply) {
        if (!is_ready_) {
          return reply(state(false, "", "starting or stopping\n"));
        }
        rules_->apply(std::move(file), std::move(source), answer_with(std::move(reply)));
      });
  pages_.add_named_action("/v1/rules/", "/rollback",
                          [this, answer_with](const std::string& file, const std::string& version,
                                              admin::answer reply) {
                            rules_->roll_back(file, version, answer_with(std::move(reply)));
                          });
  pages_.add_named_action(
      "/v1/rules/", "/remove",
      [this](const std::string& file, const std::string&, admin::answer reply) {
        rules_->remove(file, [file, reply = std::move(reply)](rule_outcome<void> done) mutable {
          reply(done ? admin::http_response{200, json_type, "{\"removed\":true}\n"}
                     : admin::http_response{done.error().status, json_type,
                                            error_page(done.error().sentence)});
        });
      });
}

void broker_process::answer_reload(admin::answer reply) {
  if (!is_ready_) {
    return reply(state(false, "", is_stopping_ ? "stopping\n" : "starting\n"));
  }
  reload_extensions([reply = std::move(reply)](const reload_outcome& outcome) mutable {
    // 409: what is there now is not all that was asked for.
    reply({outcome.problems.empty() ? 200U : 409U, json_type,
           reload_page(outcome.problems, outcome.changed, outcome.need_restart)});
  });
}

void broker_process::gather_failures(unique_function<void(const failed_partitions&)> then) {
  auto each_shard = std::make_shared<std::vector<failed_partitions>>(shards_.size());
  on_each_shard(
      shards_,
      [each_shard](shard& of, finished done) {
        (*each_shard)[of.connections->index()] = of.partitions->failures();
        done();
      },
      [each_shard, then = std::move(then)]() mutable {
        failed_partitions all;
        for (failed_partitions& some : *each_shard) {
          std::ranges::move(some, std::back_inserter(all));
        }
        then(all);
      });
}

void broker_process::answer_metrics(admin::answer reply) {
  auto figures = std::make_shared<broker_figures>();
  figures->shards.resize(shards_.size());
  // Each shard writes its own element; on_each_shard orders that before the end.
  on_each_shard(
      shards_,
      [figures](shard& of, finished done) {
        shard_figures& into = figures->shards[of.connections->index()];
        into.groups = of.groups->count();
        into.connections = of.connections->snapshot();
        into.partitions = of.partitions->count();
        done();
      },
      [this, figures, reply = std::move(reply)]() mutable {
        extensions_->report([this, figures, reply = std::move(reply)](
                                extension::extension_report extensions) mutable {
          figures->extensions = std::move(extensions);
          add_own_figures(*figures);
          reply({200, metrics_type, metrics_page(*figures)});
        });
      });
}

void broker_process::add_own_figures(broker_figures& into) const {
  into.topics = controller_->current()->topic_count();
  into.partitions = controller_->current()->partition_count();
  into.connections_turned_away = doors_->turned_away();
  for (std::size_t index = 0; index < quota::kind_count; ++index) {
    into.throttled.at(index) = quotas_.throttled(quota::kind{static_cast<std::uint8_t>(index)});
  }
  into.sync_rounds = sync_->rounds();
  into.resident_bytes = resident_bytes(*disk_);
  into.uptime_seconds = std::chrono::duration<double>(clock_.now() - started_at_).count();
  into.is_ready = is_ready_;
}

}  // namespace tidemill::server
