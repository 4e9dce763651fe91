#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "api/services.hpp"
#include "io/asio/signals.hpp"
#include "io/asio/thread_pool.hpp"
#include "io/disk.hpp"
#include "io/system_clock.hpp"
#include "io/system_random.hpp"
#include "log/data_directory.hpp"
#include "log/sync_group.hpp"
#include "metadata/controller.hpp"
#include "metadata/quorum.hpp"
#include "network/listeners.hpp"
#include "quota/quota_book.hpp"
#include "server/admin/http_server.hpp"
#include "server/admin_pages.hpp"
#include "server/broker.hpp"
#include "server/extension_options.hpp"
#include "server/logging/logger.hpp"
#include "server/metadata_follower.hpp"
#include "server/plugin_watch.hpp"
#include "server/room_logs.hpp"
#include "server/room_options.hpp"
#include "server/rule_deployment.hpp"
#include "server/shard.hpp"
#include "server/start_failure.hpp"
#include "server/stop_progress.hpp"
#include "server/stray_logs.hpp"

namespace tidemill::server {

/// The broker put together. Everything is made on the main thread, which then becomes the thread of
/// shard 0 until the end; the order of start and stop stands in the room's README. Members that
/// borrow from others stand below them, so that they go first.
class broker_process {
 public:
  broker_process(config::configuration values, configuration_source& source);
  ~broker_process();
  broker_process(const broker_process&) = delete;
  broker_process& operator=(const broker_process&) = delete;

  /// True when it stopped as asked.
  [[nodiscard]] bool run();

 private:
  // Before any loop runs, one after the other; the first that fails ends the start.
  [[nodiscard]] start_result<void> prepare();
  [[nodiscard]] start_result<void> count_descriptors();
  [[nodiscard]] start_result<void> open_directory();
  void make_shards();
  void make_extensions();
  void make_watch();
  void make_hosts();
  void make_controller();
  void make_connections();
  [[nodiscard]] start_result<void> open_doors();
  [[nodiscard]] start_result<void> open_admin();
  [[nodiscard]] start_result<std::unique_ptr<io::acceptor>> listen_on(
      const config::endpoint& address, std::string_view key);
  void add_pages();
  void answer_metrics(admin::answer reply);
  void add_own_figures(broker_figures& into) const;
  void answer_reload(admin::answer reply);
  using failed_partitions = std::vector<partition::host::failed_partition>;
  /// Asks all shards, then calls back on loop 0.
  void gather_failures(unique_function<void(const failed_partitions&)> then);

  // On loop 0, each called by the completion of the one before.
  void start_extensions();
  void start_controller();
  [[nodiscard]] bool has_metadata() const;
  [[nodiscard]] bool has_lost_metadata() const;
  void bootstrap();
  void register_broker();
  void serve(broker_epoch epoch);
  void set_logs_in_order();
  void open_for_clients(const std::vector<stray_log>& strays);

  void signal_arrived(int number);
  /// What a reload has come to: one sentence for each thing that is wrong.
  struct reload_outcome {
    std::vector<std::string> problems;
    std::size_t changed = 0;
    std::size_t need_restart = 0;
  };
  [[nodiscard]] reload_outcome reload_configuration();
  void reload_extensions(unique_function<void(reload_outcome)> done);
  void answer_reloads();
  /// Which rules a look at extensions is about: none, before metadata is there; those that were
  /// accepted; those, and files that have changed.
  enum class rule_look : std::uint8_t { none, keep_accepted, take_changes };
  using looked = unique_function<void(std::vector<std::string>)>;
  void load_extensions(rule_look rules, looked done);
  void extensions_loaded(rule_look rules, extension::load_outcome made, looked done);
  void tell_of_extensions(extension::load_outcome made, looked done);
  void make_rules();
  void look_at_rules(rule_deployment::done_with_problems done);
  void answer_looks();
  void add_rule_pages();
  void start_rules(unique_function<void()> done);
  void change_limits();
  void fail(const start_failure& why);

  // The stop, on loop 0, each step called by the completion of the one before.
  void stop(std::string_view why);
  void stop_partitions();
  void stop_extensions();
  void stop_controller();
  void close_directory();
  [[nodiscard]] result<void> close_directory_here();
  /// On the watch's thread, when a plugin that hangs holds up the stop.
  void close_the_rest(unique_function<void(bool)> done);
  void leave_if_plugins_hang();
  void end(const result<void>& closed);

  config::configuration values_;
  configuration_source& source_;
  io::system_clock clock_;
  io::monotonic_time started_at_ = clock_.now();
  std::unique_ptr<log_output> output_;
  logger log_;
  partition_log partition_log_;
  group_log group_log_;
  connection_lines connection_lines_;
  extension_lines extension_lines_;
  const std::string version_;
  std::unique_ptr<io::disk> disk_;
  io::system_random random_;
  std::uint64_t descriptors_ = 0;
  std::unique_ptr<log::data_directory> directory_;
  log::data_directory_identity identity_;
  std::unique_ptr<io::asio::thread_pool> pool_;
  std::unique_ptr<log::sync_group> sync_;
  api::broker_options broker_options_;
  groups::group_options group_options_;
  quota::quota_book quotas_;
  topic_policies policies_;
  shard_list shards_;
  std::unique_ptr<io::asio::thread_pool> control_;
  std::unique_ptr<extension::extensions> extensions_;
  std::unique_ptr<extension_names> extension_names_;
  struct waiting_reload {
    reload_outcome outcome;
    unique_function<void(reload_outcome)> done;
  };
  std::vector<waiting_reload> waiting_reloads_;
  /// Something is being loaded, or what was found is being kept.
  bool is_looking_at_extensions_ = false;
  std::unique_ptr<rule_deployment> rules_;
  std::vector<rule_deployment::done_with_problems> waiting_looks_;
  std::vector<api::shard_services> services_;
  std::unique_ptr<metadata_follower> follower_;
  std::unique_ptr<metadata::quorum> quorum_;
  std::unique_ptr<metadata::controller> controller_;
  std::unique_ptr<network::listeners> doors_;
  std::vector<metadata::endpoint> advertised_;
  admin::routes pages_;
  std::unique_ptr<admin::http_server> admin_;
  std::unique_ptr<io::asio::signals> signals_;
  std::unique_ptr<plugin_watch> watch_;
  /// While the broker stops.
  std::unique_ptr<stop_progress> stop_progress_;
  /// Nothing but extensions is left to be stopped.
  std::atomic<bool> partitions_are_closed_{false};
  broker_epoch epoch_{0};
  bool is_ready_ = false;
  bool is_stopping_ = false;
  bool controller_started_ = false;
  bool has_failed_ = false;
};

}  // namespace tidemill::server
