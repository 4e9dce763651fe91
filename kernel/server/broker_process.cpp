#include "server/broker_process.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "io/asio/tcp.hpp"
#include "io/crash_note.hpp"
#include "io/descriptor_limit.hpp"
#include "io/posix_disk.hpp"
#include "io/processor_count.hpp"
#include "metadata/single_voter/single_voter_quorum.hpp"
#include "server/admin_pages.hpp"
#include "server/command_line.hpp"
#include "server/group_progress.hpp"
#include "server/identity.hpp"

namespace tidemill::server {
namespace {

logger_options log_options(const config::configuration& values) {
  logger_options options;
  options.format = values.broker.log_format == "json" ? log_format::json : log_format::text;
  options.level = parse_log_level(values.broker.log_level);
  return options;
}

/// Connections and logs get what there is; with fewer than this a busy broker runs short.
constexpr std::uint64_t descriptors_advised = 4096;

/// What clients are told: the port that was chosen stands in for 0.
metadata::endpoint advertised(const config::listener_section& listener, std::uint16_t bound) {
  const config::endpoint& told =
      listener.advertised.is_given() ? listener.advertised : listener.address;
  return {listener.name, told.host, told.port == 0 ? bound : told.port};
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace

broker_process::broker_process(config::configuration values, configuration_source& source)
    : values_(std::move(values)),
      source_(source),
      output_(make_standard_error_output(log_options(values_).format)),
      log_(log_options(values_), clock_, *output_),
      partition_log_(log_),
      group_log_(log_),
      connection_lines_(log_),
      extension_lines_(log_),
      version_(version_text()),
      disk_(io::make_posix_disk()),
      policies_(policy_options(values_), random_) {}

broker_process::~broker_process() {
  // What borrows from the shards goes before them, whatever the start has come to.
  watch_.reset();
  signals_.reset();
  admin_.reset();
  doors_.reset();
  for (const auto& each : shards_) {
    each->thread.stop();
  }
  for (const auto* threads : {&control_, &pool_}) {
    if (*threads != nullptr) {
      (*threads)->stop();
    }
  }
}

bool broker_process::run() {
  log_.info("starting", {{"version", version_text()},
                         {"node_id", values_.broker.node_id},
                         {"data_directory", values_.broker.data_directory}});
  if (const auto prepared = prepare(); !prepared) {
    fail(prepared.error());
    return false;
  }
  for (std::size_t index = 1; index < shards_.size(); ++index) {
    shards_[index]->thread.start();
  }
  watch_->start();
  shards_.front()->loop().post([this] { start_extensions(); });
  shards_.front()->thread.run();
  return !has_failed_;
}

// The start, before any loop runs ---------------------------------------------------------------

start_result<void> broker_process::prepare() {
  TIDEMILL_TRY(count_descriptors());
  TIDEMILL_TRY(open_directory());
  make_shards();
  make_extensions();
  make_hosts();
  make_controller();
  make_connections();
  TIDEMILL_TRY(open_doors());
  TIDEMILL_TRY(open_admin());
  signals_ = std::make_unique<io::asio::signals>(shards_.front()->loop(),
                                                 [this](int number) { signal_arrived(number); });
  make_watch();
  return {};
}

start_result<void> broker_process::count_descriptors() {
  descriptors_ = io::raise_descriptor_limit();
  if (descriptors_ < descriptors_min) {
    return too_few_descriptors(descriptors_, descriptors_min);
  }
  if (descriptors_ < descriptors_advised) {
    log_.warn("few_open_files", {{"limit", descriptors_}, {"advised", descriptors_advised}});
  }
  return {};
}

start_result<void> broker_process::open_directory() {
  auto opened = log::data_directory::open(*disk_, values_.broker.data_directory);
  if (!opened) {
    return directory_failed(values_.broker.data_directory, opened.error());
  }
  directory_ = std::move(*opened);
  directory_->keep_ballast(static_cast<std::uint64_t>(values_.log.ballast_bytes));
  if (directory_->is_short_of_room()) {
    log_.warn("short_of_room",
              {{"what",
                "the disk has no room for what is to be kept back: no records are taken "
                "until log.ballast_bytes and 1 MiB more are free"},
               {"ballast_bytes", values_.log.ballast_bytes}});
  }
  const broker_id self{static_cast<std::int32_t>(values_.broker.node_id)};
  TIDEMILL_TRY_ASSIGN(identity, claim(*directory_, self, random_));
  identity_ = identity;
  for (const std::string& warning : directory_->warnings()) {
    log_.warn("data_directory", {{"message", warning}});
  }
  log_.info("data_directory_opened", {{"path", directory_->path()},
                                      {"cluster_id", to_string(identity_.cluster)},
                                      {"was_clean", directory_->was_clean()},
                                      {"logs", std::uint64_t{directory_->log_names().size()}}});
  return {};
}

void broker_process::make_shards() {
  const std::size_t count = shard_count(values_, io::processor_count());
  pool_ = std::make_unique<io::asio::thread_pool>(
      static_cast<std::size_t>(values_.broker.blocking_threads));
  sync_ = std::make_unique<log::sync_group>(*pool_, log::sync_group::options{});
  broker_options_ = broker_options(values_, count);
  group_options_ = group_options(values_, count);
  for (std::size_t index = 0; index < count; ++index) {
    shards_.push_back(std::make_unique<shard>("shard-" + std::to_string(index)));
  }
}

void broker_process::make_hosts() {
  partition::host_options options = host_options(values_, shards_.size(), descriptors_);
  for (std::size_t index = 0; index < shards_.size(); ++index) {
    shard& of = *shards_[index];
    options.shard = shard_index{static_cast<std::uint32_t>(index)};
    of.progress = std::make_unique<group_progress>(shards_, of.loop());
    of.partitions = std::make_unique<partition::host>(
        partition::host_services{of.loop(), *pool_, *disk_, of.random, *directory_, *sync_,
                                 extensions_->codecs(), partition_log_, of.progress.get()},
        options);
    of.groups = std::make_unique<groups::host>(of.loop(), of.random, group_options_, group_log_);
    services_.push_back({&of.loop(), of.partitions.get(), of.groups.get()});
  }
}

void broker_process::make_controller() {
  const broker_id self = broker_options_.id;
  io::event_loop& loop = shards_.front()->loop();
  metadata::single_voter_options options;
  options.directory = directory_->path_of(metadata_log_name);
  options.id = self;
  options.make_room = [this] { return directory_->release_ballast(); };
  quorum_ = metadata::make_single_voter_quorum(options, *disk_, *pool_, loop);
  metadata::controller_options commands = controller_options(values_);
  commands.extensions = extension_names_.get();
  commands.is_short_of_room = &directory_->is_short_of_room();
  controller_ = std::make_unique<metadata::controller>(std::move(commands), *quorum_, random_);
  make_rules();
  follower_ = std::make_unique<metadata_follower>(self, shards_, policies_, *pool_);
  follower_->on_address_quotas([this](const metadata::client_quotas& quotas) {
    auto [named, others] = address_rates(quotas);
    doors_->change_address_rates(std::move(named), others);
  });
}

void broker_process::make_connections() {
  const network::limits limit = divided(network_limits(values_, descriptors_), shards_.size());
  for (std::size_t index = 0; index < shards_.size(); ++index) {
    shard& of = *shards_[index];
    api::dispatch_dependencies needs;
    needs.here = shard_index{static_cast<std::uint32_t>(index)};
    needs.shards = services_;
    needs.broker = &broker_options_;
    needs.disk = disk_.get();
    needs.controller = controller_.get();
    needs.quotas = &quotas_;
    of.dispatch = std::make_unique<api::request_dispatch>(needs);
    of.connections = std::make_unique<network::shard>(
        network::shard_options{of.loop(), *pool_, *of.dispatch, connection_lines_, limit, index});
  }
}

start_result<void> broker_process::open_doors() {
  const network::limits limits = network_limits(values_, descriptors_);
  std::vector<network::shard*> targets;
  for (const auto& each : shards_) {
    targets.push_back(each->connections.get());
  }
  doors_ = std::make_unique<network::listeners>(
      network::listeners_options{shards_.front()->loop(), connection_lines_, limits.connections_max,
                                 limits.connections_per_address_max,
                                 limits.connections_per_second_max},
      targets);
  for (std::size_t index = 0; index < values_.listeners.size(); ++index) {
    const config::listener_section& wanted = values_.listeners[index];
    const std::string key = "listener." + std::to_string(index) + ".address";
    TIDEMILL_TRY_ASSIGN(acceptor, listen_on(wanted.address, key));
    advertised_.push_back(advertised(wanted, acceptor->port()));
    log_.info("listening",
              {{"listener", wanted.name},
               {"address", to_string(config::endpoint{wanted.address.host, acceptor->port()})},
               {"advertised_host", advertised_.back().host},
               {"advertised_port", std::int64_t{advertised_.back().port}}});
    doors_->add(wanted.name, std::move(acceptor),
                static_cast<std::size_t>(wanted.connections_per_second_max));
  }
  return {};
}

start_result<void> broker_process::open_admin() {
  const config::endpoint& wanted = values_.admin.address;
  if (!wanted.is_given()) {
    return {};
  }
  TIDEMILL_TRY_ASSIGN(acceptor, listen_on(wanted, "admin.address"));
  const std::string address = to_string(config::endpoint{wanted.host, acceptor->port()});
  log_.info("admin_listening", {{"address", address}});
  if (!is_loopback(wanted.host)) {
    log_.warn("admin_open_to_others",
              {{"address", address}, {"message", "the admin server asks nobody who he is"}});
  }
  add_pages();
  admin_ = std::make_unique<admin::http_server>(
      admin::http_server_options{}, shards_.front()->loop(), std::move(acceptor), pages_);
  return {};
}

start_result<std::unique_ptr<io::acceptor>> broker_process::listen_on(
    const config::endpoint& address, std::string_view key) {
  auto acceptor = io::asio::listen(shards_.front()->loop(), {address.host, address.port});
  if (!acceptor) {
    return listening_failed(to_string(address), key, acceptor.error());
  }
  return std::move(*acceptor);
}

// The start, on loop 0 ----------------------------------------------------------------------------

void broker_process::start_controller() {
  controller_started_ = true;
  // Leading follows the start; a single voter always comes to lead.
  controller_->on_leadership([this](std::optional<term> leading) {
    if (leading && epoch_ == broker_epoch{0} && !is_stopping_) {
      bootstrap();
    }
  });
  controller_->start(*follower_, [this](const result<void>& started) {
    if (!started) {
      fail(quorum_->report().empty()
               ? metadata_failed(directory_->path_of(metadata_log_name), started.error())
               : metadata_damaged(quorum_->report()));
    } else if (!quorum_->report().empty()) {
      log_.warn("metadata_repaired", {{"message", escaped_text{quorum_->report()}}});
    }
  });
}

bool broker_process::has_metadata() const {
  const auto image = follower_->current();
  return image != nullptr && !image->cluster_id().is_zero();
}

/// Logs without any metadata: going on would set all of them aside and begin a new cluster.
bool broker_process::has_lost_metadata() const {
  if (has_metadata()) {
    return false;
  }
  if (directory_->was_used()) {
    return true;
  }
  const auto names = directory_->log_names();
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return name != metadata_log_name; });
}

void broker_process::bootstrap() {
  if (has_lost_metadata()) {
    return fail({directory_->path_of(metadata_log_name) + " holds no metadata, but " +
                 directory_->path() +
                 " has been in use; put the metadata log back, or set broker.data_directory to an "
                 "empty directory to begin a new cluster"});
  }
  controller_->bootstrap(identity_.cluster, {}, [this](const metadata::outcome<void>& done) {
    if (!done) {
      fail({"the cluster could not be set up: " + done.error().message});
    } else {
      register_broker();
    }
  });
}

void broker_process::register_broker() {
  metadata::broker_registration registration;
  registration.id = broker_options_.id;
  registration.incarnation = make_random_uuid(random_.next(), random_.next());
  registration.endpoints = advertised_;
  if (!values_.broker.rack.empty()) {
    registration.rack = values_.broker.rack;
  }
  controller_->register_broker(std::move(registration),
                               [this](const metadata::outcome<broker_epoch>& done) {
                                 if (!done) {
                                   fail({"the broker could not register: " + done.error().message});
                                 } else {
                                   serve(*done);
                                 }
                               });
}

void broker_process::serve(broker_epoch epoch) {
  epoch_ = epoch;
  for (const std::string& name : directory_->leftover_names()) {
    log_.info("deletion_resumed", {{"log", name}});
  }
  start_rules([this] {
    if (!is_stopping_) {
      set_logs_in_order();
    }
  });
}

void broker_process::set_logs_in_order() {
  const auto check = directory_->was_clean() ? topic_id_check::skip : topic_id_check::read;
  pool_->submit([this, image = follower_->current(), check] {
    io::system_random random;
    auto strays = set_strays_aside(*disk_, *directory_, *image, broker_options_.id, check, random);
    shards_.front()->loop().post([this, strays = std::move(strays)] { open_for_clients(strays); });
  });
}

void broker_process::open_for_clients(const std::vector<stray_log>& strays) {
  for (const stray_log& one : strays) {
    if (one.moved_to) {
      log_.warn("stray_log",
                {{"log", one.name}, {"reason", one.reason}, {"moved_to", *one.moved_to}});
    } else {
      log_.error(
          "stray_log",
          {{"log", one.name}, {"reason", one.reason}, {"error", one.moved_to.error().message()}});
    }
  }
  if (is_stopping_) {
    return;
  }
  on_each_shard(
      shards_,
      [](shard& of, finished done) {
        of.partitions->start();
        of.groups->start();
        done();
      },
      [this] {
        if (!is_stopping_) {
          doors_->start();
          is_ready_ = true;
          log_.info("ready",
                    {{"topics", std::uint64_t{follower_->current()->topic_count()}},
                     {"partitions", std::uint64_t{follower_->current()->partition_count()}},
                     {"shards", std::uint64_t{shards_.size()}}});
        }
      });
}

// While it runs
// -------------------------------------------------------------------------------------

void broker_process::signal_arrived(int number) {
  if (number == SIGHUP) {
    reload_extensions([](const reload_outcome&) {});  // the log has told it
  } else {
    stop(number == SIGTERM ? "SIGTERM" : "SIGINT");
  }
}

broker_process::reload_outcome broker_process::reload_configuration() {
  reload_outcome outcome;
  config::loaded wanted = source_.reload();
  for (const config::problem& wrong : wanted.problems) {
    outcome.problems.push_back(to_string(wrong));
    log_.error("reload_refused", {{"problem", escaped_text{outcome.problems.back()}}});
  }
  if (!wanted.problems.empty()) {
    return outcome;
  }
  const config::difference changed = compare(values_, wanted.values);
  for (const std::string& key : changed.fixed) {
    log_.warn("reload_needs_restart", {{"key", key}});
  }
  take_reloadable(values_, wanted.values);
  log_.set_level(parse_log_level(values_.broker.log_level));
  change_limits();
  outcome.changed = changed.reloadable.size();
  outcome.need_restart = changed.fixed.size();
  log_.info("reloaded", {{"changed", std::uint64_t{outcome.changed}},
                         {"need_restart", std::uint64_t{outcome.need_restart}}});
  return outcome;
}

void broker_process::change_limits() {
  const network::limits limits = network_limits(values_, descriptors_);
  doors_->change_limits(limits.connections_max, limits.connections_per_address_max);
  doors_->change_rate(limits.connections_per_second_max);
  for (const auto& each : shards_) {
    each->loop().post([to = each->connections.get(), limits] {
      to->change_limits(limits.request_size_bytes_max, limits.idle_max);
    });
  }
}

void broker_process::fail(const start_failure& why) {
  if (is_stopping_) {
    return;  // the stop itself cuts the start off
  }
  log_.error("cannot_go_on", {{"reason", escaped_text{why.sentence}}});
  has_failed_ = true;
  if (!shards_.empty()) {
    stop("failure");
  }
}

bool run_broker(config::configuration values, configuration_source& source) {
  io::install_crash_notes(values.broker.log_format == "json");
  return broker_process(std::move(values), source).run();
}

}  // namespace tidemill::server
