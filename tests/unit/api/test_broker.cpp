#include "test_broker.hpp"

#include <filesystem>
#include <map>
#include <unordered_map>

#include "api/group_journal.hpp"
#include "api/image_catalog.hpp"
#include "base/assert.hpp"
#include "base/big_endian.hpp"
#include "groups/home.hpp"
#include "groups/host.hpp"
#include "groups/record_codec.hpp"
#include "io/posix_disk.hpp"
#include "io/random.hpp"
#include "log/data_directory.hpp"
#include "log/sync_group.hpp"
#include "manual_loop.hpp"
#include "metadata/controller.hpp"
#include "metadata/image.hpp"
#include "partition/host.hpp"
#include "partition/placement.hpp"
#include "quota/quota_book.hpp"
#include "record/batch_builder.hpp"

namespace tidemill::api::test {

namespace {

class counting_random final : public io::random {
 public:
  [[nodiscard]] std::uint64_t next() noexcept override {
    state_ += 0x9E3779B97F4A7C15ULL;
    auto mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBULL;
    return mixed ^ (mixed >> 31U);
  }

 private:
  std::uint64_t state_ = 1;
};

/// Commits every proposal at once.
class committing_quorum final : public metadata::quorum {
 public:
  void start(metadata::quorum_listener& listener,
             unique_function<void(result<void>)> started) override {
    listener_ = &listener;
    started({});
    listener.leadership_changed(term{1});
  }
  void stop(unique_function<void()> stopped) override { stopped(); }
  void propose(std::vector<byte_buffer> records, completion done) override {
    last_.index = log_index{last_.index.value() + 1};
    std::vector<bytes_view> views(records.begin(), records.end());
    const metadata::committed_entry entry{last_, views};
    const auto applied = listener_->apply({&entry, 1});
    TIDEMILL_ASSERT(applied.has_value());
    done(last_);
  }
  [[nodiscard]] std::optional<term> leading_term() const override { return term{1}; }
  [[nodiscard]] std::optional<broker_id> leader() const override { return broker_id{1}; }
  [[nodiscard]] std::vector<metadata::voter> voters() const override {
    return {metadata::voter{broker_id{1}}};
  }
  [[nodiscard]] metadata::committed_position last_committed() const override { return last_; }
  [[nodiscard]] const std::string& report() const override { return report_; }

 private:
  metadata::quorum_listener* listener_ = nullptr;
  metadata::committed_position last_{log_index{0}, term{1}};
  std::string report_;
};

class silent_host_listener final : public partition::host_listener {
 public:
  void recovered(std::string_view, const log::recovery_report&) override {}
  void failed(std::string_view, std::string_view, error_code) override {}
};

class silent_group_listener final : public groups::host_listener {
 public:
  void loaded(partition_index, std::size_t, std::size_t, std::chrono::milliseconds) override {}
  void load_failed(partition_index) override {}
  void write_failed(partition_index, std::string_view) override {}
};

/// Keeps what is answered.
class recording_channel final : public network::response_channel {
 public:
  std::shared_ptr<reply> expect(std::uint64_t ticket) {
    return replies_[ticket] = std::make_shared<reply>();
  }

  void send(std::uint64_t ticket, network::response&& answer) override {
    auto& to = *replies_.at(ticket);
    to.what = reply::kind::sent;
    to.mute = answer.mute;
    to.slice_count = answer.slices.size();
    std::size_t position = sizeof(std::int32_t);
    for (const auto& slice : answer.slices) {
      append(to, answer.bytes, position, slice.insert_at);
      byte_buffer content(slice.size);
      const auto read = slice.file->read_at(slice.position, content);
      TIDEMILL_ASSERT(read.has_value());
      TIDEMILL_ASSERT(*read == slice.size);
      to.frame.insert(to.frame.end(), content.begin(), content.end());
      position = slice.insert_at;
    }
    append(to, answer.bytes, position, answer.bytes.size());
    TIDEMILL_ASSERT(load_big_endian<std::int32_t>(answer.bytes.data()) ==
                    static_cast<std::int32_t>(to.frame.size()));
  }
  void forget_done() {
    std::erase_if(replies_,
                  [](const auto& one) { return one.second->what != reply::kind::none_yet; });
  }
  void send_nothing(std::uint64_t ticket, std::chrono::milliseconds mute) override {
    replies_.at(ticket)->mute = mute;
    replies_.at(ticket)->what = reply::kind::nothing;
  }
  void waits(std::uint64_t ticket) override { replies_.at(ticket)->has_waited = true; }
  void close(std::uint64_t ticket, std::string_view reason) override {
    replies_.at(ticket)->what = reply::kind::closed;
    replies_.at(ticket)->reason = reason;
  }

 private:
  static void append(reply& to, const byte_buffer& bytes, std::size_t begin, std::size_t end) {
    TIDEMILL_ASSERT(begin <= end);
    to.frame.insert(to.frame.end(), bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                    bytes.begin() + static_cast<std::ptrdiff_t>(end));
  }

  std::unordered_map<std::uint64_t, std::shared_ptr<reply>> replies_;
};

std::string make_directory() {
  std::string path = std::filesystem::temp_directory_path() / "tidemill-api-XXXXXX";
  TIDEMILL_ASSERT(::mkdtemp(path.data()) != nullptr);
  return path;
}

partition::assignment assignment_of(const metadata::topic& topic, partition_index index,
                                    const std::shared_ptr<const partition::topic_policy>& policy) {
  const auto& decided = *topic.find_partition(index);
  partition::assignment assigned;
  assigned.topic_name = topic.name;
  assigned.partition_count = static_cast<std::int32_t>(topic.partitions.size());
  assigned.epoch = decided.leader_epoch;
  assigned.version = decided.partition_epoch;
  assigned.leader = decided.leader;
  assigned.replicas = decided.replicas;
  assigned.in_sync = decided.in_sync_replicas;
  assigned.policy = policy;
  return assigned;
}

}  // namespace

class test_broker::body final : public metadata::image_listener {
 public:
  explicit body(test_broker_options given)
      : options_(std::move(given)), path_(make_directory()), disk_(io::make_posix_disk()) {
    directory_ = *log::data_directory::open(*disk_, path_);
    sync_ = std::make_unique<log::sync_group>(pool_, log::sync_group::options{});
    controller_ = std::make_unique<metadata::controller>(controller_options(), quorum_, random_);
    broker_.id = broker_id{1};
    broker_.waiting_fetch_bytes_max = options_.waiting_fetch_bytes_max;
    broker_.data_directory = path_;
    broker_.auto_create_topics = options_.auto_create_topics;
    broker_.broker_settings = options_.broker_settings;
    broker_.topic_defaults = options_.topic_defaults;
    for (std::size_t index = 0; index < options_.shard_count; ++index) {
      add_shard();
    }
    for (std::size_t index = 0; index < options_.shard_count; ++index) {
      dispatch_dependencies needs;
      needs.here = shard_index{static_cast<std::uint32_t>(index)};
      needs.shards = shards_;
      needs.controller = controller_.get();
      needs.broker = &broker_;
      needs.rules = options_.rules;
      needs.quotas = &quotas_;
      needs.disk = disk_.get();
      dispatches_.push_back(std::make_unique<request_dispatch>(needs));
    }
    bring_up();
  }

  ~body() override {
    for (auto& each : groups_) {
      each->stop();
    }
    for (auto& host : hosts_) {
      host->stop([] {});
    }
    settle();
    dispatches_.clear();
    controller_->stop([] {});
    settle();
    groups_.clear();
    hosts_.clear();
    controller_.reset();
    sync_.reset();
    directory_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  void image_changed(const std::shared_ptr<const metadata::image>& now,
                     const metadata::image_delta& delta) override {
    for (const auto& change : delta.topics) {
      if (change.after == nullptr) {
        remove(*change.before);
        for (auto& each : groups_) {
          each->topics_deleted({change.before->name});
        }
      } else {
        assign(*change.after);
        coordinate(*change.after);
      }
    }
    for (auto& each : groups_) {
      each->topics_changed(make_image_catalog(now));
    }
    for (auto& dispatch : dispatches_) {
      dispatch->image_changed(now);
    }
  }

  void settle() {
    bool ran = true;
    while (ran) {
      ran = pool_.run_some();
      for (auto& loop : loops_) {
        ran = loop->run_some() || ran;
      }
    }
  }

  metadata::controller_options controller_options() const {
    metadata::controller_options controller;
    controller.topic_defaults = options_.topic_defaults;
    return controller;
  }

  void add_shard() {
    auto& loop = *loops_.emplace_back(std::make_unique<manual_loop>(clock_));
    partition::host_options host_options;
    host_options.self = broker_id{1};
    const partition::host_services services{
        loop, pool_, *disk_, random_, *directory_, *sync_, record::no_codecs(), listener_};
    hosts_.push_back(std::make_unique<partition::host>(services, host_options));
    hosts_.back()->start();
    groups_.push_back(
        std::make_unique<groups::host>(loop, random_, group_options_, silent_groups_));
    groups_.back()->start();
    shards_.push_back({&loop, hosts_.back().get(), groups_.back().get()});
  }

  void bring_up() {
    controller_->start(*this, [](result<void>) {});
    controller_->bootstrap(uuid{{1, 2, 3}}, {}, [](metadata::outcome<void>) {});
    metadata::broker_registration self;
    self.id = broker_id{1};
    self.incarnation = uuid{{4, 5, 6}};
    self.endpoints.push_back({"plain", "broker.test", 9092});
    controller_->register_broker(self, [](metadata::outcome<broker_epoch>) {});
    settle();
  }

  void assign(const metadata::topic& topic) {
    for (std::size_t index = 0; index < topic.partitions.size(); ++index) {
      const partition_index number{static_cast<std::int32_t>(index)};
      const partition::partition_key key{topic.id, number};
      host_of(topic, key.partition).assign(key, assignment_of(topic, number, policy_of(topic)));
    }
  }
  void coordinate(const metadata::topic& topic) {
    for (std::size_t index = 0;
         topic.name == groups::offsets_topic_name && index < topic.partitions.size(); ++index) {
      const partition_index home{static_cast<std::int32_t>(index)};
      const partition::partition_key key{topic.id, home};
      const auto shard = partition::placed_on(topic.name, home, hosts_.size()).value();
      groups_[shard]->lead(home, make_group_journal(*hosts_[shard], pool_, *loops_[shard], key));
    }
  }
  void remove(const metadata::topic& topic) {
    for (std::size_t index = 0; index < topic.partitions.size(); ++index) {
      const partition::partition_key key{topic.id,
                                         partition_index{static_cast<std::int32_t>(index)}};
      host_of(topic, key.partition).remove(key, [](result<void>) {});
    }
  }
  partition::host& host_of(const metadata::topic& topic, partition_index index) {
    return *hosts_[partition::placed_on(topic.name, index, hosts_.size()).value()];
  }
  std::shared_ptr<const partition::topic_policy> policy_of(const metadata::topic& topic) const {
    const auto settings = metadata::resolve(topic.settings, options_.topic_defaults);
    auto policy = std::make_shared<partition::topic_policy>();
    policy->batch_size_bytes_max = static_cast<std::size_t>(settings.max_message_bytes);
    policy->in_sync_replicas_min = settings.min_in_sync_replicas;
    policy->compacts = options_.keys_required;
    if (settings.timestamp_type == metadata::message_timestamp_type::log_append_time) {
      policy->timestamp_type = record::timestamp_type::log_append_time;
    }
    return policy;
  }

  network::connection_info& connection(std::uint64_t id) {
    auto& found = connections_[id];
    found.id = id;
    found.listener = "plain";
    found.peer = "127.0.0.1:4711";
    found.peer_address = "127.0.0.1";
    return found;
  }

  test_broker_options options_;
  std::string path_;
  manual_clock clock_;
  manual_pool pool_;
  counting_random random_;
  silent_host_listener listener_;
  committing_quorum quorum_;
  std::unique_ptr<io::disk> disk_;
  std::unique_ptr<log::data_directory> directory_;
  std::unique_ptr<log::sync_group> sync_;
  std::unique_ptr<metadata::controller> controller_;
  quota::quota_book quotas_;
  broker_options broker_;
  std::vector<std::unique_ptr<manual_loop>> loops_;
  std::vector<std::unique_ptr<partition::host>> hosts_;
  groups::group_options group_options_ = [] {
    groups::group_options options;
    options.read_subscription = groups::subscribed_topics;
    return options;
  }();
  silent_group_listener silent_groups_;
  std::vector<std::unique_ptr<groups::host>> groups_;
  std::vector<shard_services> shards_;
  std::vector<std::unique_ptr<request_dispatch>> dispatches_;
  std::map<std::uint64_t, network::connection_info> connections_;
  std::shared_ptr<recording_channel> channel_ = std::make_shared<recording_channel>();
  std::uint64_t last_ticket_ = 0;
  std::vector<std::shared_ptr<reply>> kept_;
};

test_broker::test_broker(options given) : body_(std::make_unique<body>(std::move(given))) {}
test_broker::~test_broker() = default;

std::shared_ptr<reply> test_broker::submit(byte_buffer frame, std::uint64_t connection) {
  auto owned = std::make_shared<byte_buffer>(std::move(frame));
  const auto ticket = ++body_->last_ticket_;
  auto expected = body_->channel_->expect(ticket);
  body_->kept_.push_back(expected);
  body_->dispatches_.front()->handle({mutable_bytes(*owned), owned, body_->connection(connection)},
                                     network::responder(body_->channel_, ticket));
  return expected;
}

void test_broker::settle() {
  body_->settle();
}

void test_broker::let_time_pass(std::chrono::nanoseconds tick) {
  body_->clock_.tick = tick;
}

void test_broker::advance(std::chrono::nanoseconds step) {
  body_->clock_.advance(step);
  body_->settle();
}

void test_broker::close_connection(std::uint64_t connection) {
  body_->dispatches_.front()->connection_closed(body_->connection(connection));
}

void test_broker::forget_replies() {
  body_->kept_.clear();
  body_->channel_->forget_done();
}

bool test_broker::may_pipeline(bytes_view frame) const noexcept {
  return body_->dispatches_.front()->may_pipeline(frame);
}

topic_id test_broker::create_topic(std::string_view name, std::int32_t partition_count,
                                   std::vector<std::pair<std::string, std::string>> settings) {
  std::vector<metadata::new_topic> topics(1);
  topics.front().name = name;
  topics.front().partition_count = partition_count;
  for (auto& [key, value] : settings) {
    topics.front().settings.emplace_back(std::move(key), std::move(value));
  }
  topic_id id;
  body_->controller_->create_topics(
      std::move(topics), false, [&](std::vector<metadata::outcome<metadata::created_topic>> made) {
        TIDEMILL_ASSERT(made.front().has_value());
        id = made.front()->id;
      });
  settle();
  return id;
}

void test_broker::delete_topic(std::string_view name) {
  body_->controller_->delete_topics(
      {{std::string(name), topic_id{}}},
      [](const std::vector<metadata::outcome<metadata::deleted_topic>>&) {});
  settle();
}

network::connection_info& test_broker::connection(std::uint64_t id) {
  return body_->connection(id);
}

const metadata::image& test_broker::image() const noexcept {
  return *body_->controller_->current();
}

std::size_t test_broker::timer_count() const noexcept {
  std::size_t sum = 0;
  for (const auto& loop : body_->loops_) {
    sum += loop->timer_count();
  }
  return sum;
}

byte_buffer header_bytes(std::int16_t key, std::int16_t version, bool flexible) {
  protocol::writer to;
  to.integer(key);
  to.integer(version);
  to.integer(std::int32_t{7});
  to.string("tester", false);
  if (flexible) {
    to.unsigned_varint(0);
  }
  const auto written = to.written();
  return {written.begin(), written.end()};
}

byte_buffer batch_of(const std::vector<std::string>& values, std::int64_t timestamp_ms) {
  record::batch_builder builder(record::batch_options{});
  for (const auto& value : values) {
    record::new_record record;
    record.timestamp_ms = timestamp_ms;
    record.value = as_bytes(value);
    builder.append(record);
  }
  return *builder.finish();
}

}  // namespace tidemill::api::test
