#include "metadata/controller.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "base/assert.hpp"
#include "metadata/refuse.hpp"

namespace tidemill::metadata {
controller::controller(controller_options options, quorum& quorum, io::random& random)
    : options_(std::move(options)),
      quorum_(quorum),
      random_(random),
      committed_(std::make_shared<const image>()),
      expected_(committed_) {}

controller::~controller() = default;

void controller::start(image_listener& listener, unique_function<void(result<void>)> started) {
  listener_ = &listener;
  quorum_.start(*this, std::move(started));
}

void controller::stop(unique_function<void()> stopped) {
  quorum_.stop(std::move(stopped));
}

void controller::on_leadership(unique_function<void(std::optional<term>)> changed) {
  leadership_listener_ = std::move(changed);
}

void controller::leadership_changed(std::optional<term> leading) {
  leading_ = leading;
  expected_ = committed_;
  if (leadership_listener_) {
    leadership_listener_(leading);
  }
}

result<void> controller::install_snapshot(committed_position last,
                                          std::span<const bytes_view> records) {
  image_builder builder(std::make_shared<const image>());
  for (const auto& each : records) {
    TIDEMILL_TRY_ASSIGN(change, decode_record(each));
    TIDEMILL_TRY(builder.apply(change, last.index));
  }
  auto built = builder.finish(last);
  const auto delta = difference(*committed_, *built.now);
  publish(std::move(built.now), delta);
  return {};
}

result<void> controller::apply(std::span<const committed_entry> entries) {
  TIDEMILL_ASSERT(!entries.empty());
  image_builder builder(committed_);
  for (const auto& entry : entries) {
    for (const auto& each : entry.records) {
      TIDEMILL_TRY_ASSIGN(change, decode_record(each));
      TIDEMILL_TRY(builder.apply(change, entry.position.index));
    }
  }
  auto built = builder.finish(entries.back().position);
  publish(std::move(built.now), built.delta);
  return {};
}

void controller::publish(std::shared_ptr<const image> now, const image_delta& delta) {
  committed_ = std::move(now);
  if (proposals_in_work_ == 0) {
    expected_ = committed_;
  }
  listener_->image_changed(committed_, delta);
}

snapshot_source controller::take_snapshot() {
  return [state = committed_](record_sink& sink) {
    describe(*state, [&](const metadata_record& each) { sink(encode_record(each)); });
  };
}

void controller::propose(std::vector<metadata_record> records, image_builder expected,
                         proposal_completion done) {
  std::vector<byte_buffer> encoded;
  encoded.reserve(records.size());
  std::ranges::transform(records, std::back_inserter(encoded), encode_record);
  if (!has_room_for(records, encoded)) {
    return done(errc::storage_full);
  }
  const log_index index{expected_->index().value() + static_cast<std::int64_t>(records.size())};
  // What expected_ goes back to when the proposal fails: those before it may still succeed.
  auto before = std::exchange(expected_, expected.finish({index, leading_.value_or(term{0})}).now);
  ++proposals_in_work_;
  quorum_.propose(std::move(encoded),
                  [this, generation = generation_, before = std::move(before),
                   done = std::move(done)](result<committed_position> outcome) mutable {
                    --proposals_in_work_;
                    if (!outcome && generation == generation_) {
                      ++generation_;
                      expected_ = before;
                    }
                    if (proposals_in_work_ == 0) {
                      expected_ = committed_;
                    }
                    before.reset();
                    done(outcome);
                  });
}

namespace {

/// Nothing is freed by it, now or later.
bool only_adds(const metadata_record& one) {
  const auto* rule = std::get_if<rule_record>(&one);
  const auto* quota = std::get_if<client_quota_record>(&one);
  return std::holds_alternative<topic_record>(one) ||
         std::holds_alternative<partition_record>(one) ||
         std::holds_alternative<producer_ids_record>(one) ||
         (rule != nullptr && rule->source.has_value()) ||
         (quota != nullptr && quota->value.has_value());
}

}  // namespace

bool controller::has_room_for(const std::vector<metadata_record>& records,
                              const std::vector<byte_buffer>& encoded) {
  constexpr std::size_t bytes_max = std::size_t{512} << 10;
  if (options_.is_short_of_room == nullptr || !options_.is_short_of_room->load()) {
    bytes_while_short_ = 0;
    return true;
  }
  std::size_t bytes = 0;
  for (std::size_t index = 0; index < records.size(); ++index) {
    const metadata_record& one = records[index];
    if (only_adds(one)) {
      return false;
    }
    bytes += std::holds_alternative<remove_topic_record>(one) ? 0 : encoded[index].size();
  }
  if (bytes_while_short_ + bytes > bytes_max) {
    return false;
  }
  bytes_while_short_ += bytes;
  return true;
}

void controller::bootstrap(const uuid& cluster_id, std::vector<feature_level> features,
                           unique_function<void(outcome<void>)> done) {
  if (!is_leading()) {
    done(refuse(errc::not_leader));
    return;
  }
  if (!expected_->cluster_id().is_zero()) {
    const bool same = expected_->cluster_id() == cluster_id;
    done(same ? outcome<void>{} : outcome<void>(refuse(errc::cluster_id_mismatch)));
    return;
  }
  std::vector<metadata_record> records{cluster_record{cluster_id}};
  for (auto& [name, level] : features) {
    records.emplace_back(feature_level_record{std::move(name), level});
  }
  propose_and_answer(std::move(records), std::move(done));
}

/// For commands that answer with success alone.
void controller::propose_and_answer(std::vector<metadata_record> records,
                                    unique_function<void(outcome<void>)> done) {
  image_builder expected(expected_);
  for (const auto& each : records) {
    const auto applied = expected.apply(each, expected_->index());
    TIDEMILL_ASSERT(applied.has_value());
  }
  propose(std::move(records), std::move(expected),
          [done = std::move(done)](result<committed_position> outcome_) mutable {
            done(outcome_ ? outcome<void>{} : outcome<void>(refuse(outcome_.error())));
          });
}

namespace {

std::optional<std::string> registration_problem(const broker_registration& registration) {
  constexpr std::size_t text_size_max = 1024;
  constexpr std::size_t endpoints_max = 64;
  if (registration.id.value() < 0) {
    return "the broker id is negative";
  }
  if (registration.incarnation.is_zero()) {
    return "the incarnation id is zero";
  }
  if (registration.endpoints.empty() || registration.endpoints.size() > endpoints_max) {
    return "there must be 1 to " + std::to_string(endpoints_max) + " listeners";
  }
  if (registration.rack && registration.rack->size() > text_size_max) {
    return "the rack is too long";
  }
  std::set<std::string_view> names;
  for (const auto& each : registration.endpoints) {
    if (each.listener.empty() || each.listener.size() > text_size_max || each.host.empty() ||
        each.host.size() > text_size_max || !names.insert(each.listener).second) {
      return "a listener has no name or host, a name twice, or one that is too long";
    }
  }
  return std::nullopt;
}

}  // namespace

void controller::register_broker(broker_registration registration,
                                 unique_function<void(outcome<broker_epoch>)> done) {
  if (!is_leading()) {
    done(refuse(errc::not_leader));
    return;
  }
  if (auto problem = registration_problem(registration)) {
    done(refuse(errc::broker_registration_invalid, std::move(*problem)));
    return;
  }
  std::vector<metadata_record> records{
      broker_record{registration.id, std::nullopt, registration.incarnation,
                    std::move(registration.endpoints), std::move(registration.rack)}};
  image_builder expected(expected_);
  const auto applied = expected.apply(records.front(), expected_->index());
  TIDEMILL_ASSERT(applied.has_value());
  propose(std::move(records), std::move(expected),
          [done = std::move(done)](result<committed_position> position) mutable {
            done(position ? outcome<broker_epoch>(broker_epoch{position->index.value()})
                          : outcome<broker_epoch>(refuse(position.error())));
          });
}

void controller::unregister_broker(broker_id id, unique_function<void(outcome<void>)> done) {
  if (!is_leading()) {
    done(refuse(errc::not_leader));
    return;
  }
  const auto* registered = committed_->find_broker(id);
  if (registered == nullptr) {
    done(refuse(errc::unknown_broker));
    return;
  }
  for (const auto& each : expected_->topics()) {
    for (const auto& state : each.partitions) {
      if (std::ranges::find(state.replicas, id) != state.replicas.end()) {
        done(refuse(errc::request_invalid,
                    "The broker has replicas, for one of the topic " + each.name + "."));
        return;
      }
    }
  }
  propose_and_answer({remove_broker_record{id, registered->epoch}}, std::move(done));
}

void controller::accept_rules(std::vector<rule_record> rules,
                              unique_function<void(outcome<void>)> done) {
  if (!is_leading()) {
    return done(refuse(errc::not_leader));
  }
  if (expected_->rules().size() + rules.size() > rules_max) {
    return done(refuse(errc::limit_reached,
                       "A cluster has at most " + std::to_string(rules_max) + " rules."));
  }
  std::vector<metadata_record> records(std::make_move_iterator(rules.begin()),
                                       std::make_move_iterator(rules.end()));
  if (records.empty()) {
    return done({});
  }
  propose_and_answer(std::move(records), std::move(done));
}

void controller::remove_rule(std::string file, unique_function<void(outcome<void>)> done) {
  if (!is_leading() || expected_->find_rule(file) == nullptr) {
    return done(is_leading() ? refuse(errc::request_invalid, "There is no rule \"" + file + "\".")
                             : refuse(errc::not_leader));
  }
  propose_and_answer({rule_record{std::move(file), {}, std::nullopt, 0}}, std::move(done));
}

void controller::allocate_producer_ids(broker_id broker, broker_epoch epoch,
                                       unique_function<void(outcome<producer_id_block>)> done) {
  if (!is_leading()) {
    done(refuse(errc::not_leader));
    return;
  }
  // The epoch is an index of the log, which only what is committed has.
  const auto* registered = committed_->find_broker(broker);
  if (registered == nullptr || registered->epoch != epoch) {
    done(refuse(registered == nullptr ? errc::unknown_broker : errc::stale_broker_epoch));
    return;
  }
  const auto first = expected_->next_producer_id();
  if (first.value() > std::numeric_limits<std::int64_t>::max() - producer_id_block_size) {
    done(refuse(errc::producer_ids_exhausted));
    return;
  }
  const producer_id next{first.value() + producer_id_block_size};
  propose_and_answer({producer_ids_record{broker, epoch, next}},
                     [first, done = std::move(done)](outcome<void> committed) mutable {
                       done(committed ? outcome<producer_id_block>(
                                            producer_id_block{first, producer_id_block_size})
                                      : outcome<producer_id_block>(committed.error()));
                     });
}

}  // namespace tidemill::metadata
