#include "calls.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>

#include "tidemill/authorizer.h"
#include "tidemill/codec.h"
#include "tidemill/retention.h"
#include "tidemill/testkit/records.hpp"
#include "tidemill/testkit/retention.hpp"

namespace tidemill::conformance {

namespace {

constexpr auto completion_wait = std::chrono::seconds(20);

std::atomic<tidemill_token> next_token = 1;

/// The status of a call, its completion included.
tidemill_status completed(stage& on, tidemill_status status, tidemill_token token,
                          const char* function) {
  if (status != TIDEMILL_PENDING) {
    return status;
  }
  const auto later = on.side().wait(token, completion_wait);
  expect(later.has_value(),
         std::string(function) + " answers PENDING and does not complete within 20 s");
  return *later;
}

}  // namespace

template <class Struct>
Struct* guarded_batch::place(std::size_t younger_by_bytes) {
  rooms_.push_back(std::make_unique<guarded<std::uint8_t>>(sizeof(Struct) + younger_by_bytes));
  auto* made = reinterpret_cast<Struct*>(rooms_.back()->data());
  std::memset(made, 0xa5, sizeof(Struct) + younger_by_bytes);
  *made = {};
  made->struct_size = static_cast<std::uint32_t>(sizeof(Struct) + younger_by_bytes);
  return made;
}

template <class T>
T* guarded_batch::column(std::size_t count) {
  rooms_.push_back(std::make_unique<guarded<std::uint8_t>>(count * sizeof(T)));
  return reinterpret_cast<T*>(rooms_.back()->data());
}

tidemill_bytes guarded_batch::bytes_of(const std::optional<std::string>& text) {
  if (!text) {
    return {nullptr, 0};
  }
  // One mapping for each text would run into the system's limit for large batches.
  constexpr std::size_t guarded_texts_max = 200;
  if (texts_.size() + rooms_.size() > guarded_texts_max) {
    texts_.push_back(std::make_unique<std::string>(*text));
    return {reinterpret_cast<const std::uint8_t*>(texts_.back()->data()), text->size()};
  }
  auto* bytes = column<std::uint8_t>(text->size());
  std::memcpy(bytes, text->data(), text->size());
  return {bytes, text->size()};
}

guarded_batch::guarded_batch(const std::vector<sample>& samples, std::int32_t partition_count,
                             std::uint32_t columns, std::size_t younger_by_bytes) {
  auto* topic = place<tidemill_topic>(younger_by_bytes);
  topic->partition_count = partition_count;
  topic->name = bytes_of("orders");
  topic->epoch = static_cast<std::uint64_t>(partition_count);
  auto* client = place<tidemill_client>(younger_by_bytes);
  client->client_id = bytes_of("producer-1");
  client->principal_type = bytes_of("User");
  client->principal_name = bytes_of("alice");
  batch_ = place<tidemill_batch>(younger_by_bytes);
  batch_->record_count = static_cast<std::uint32_t>(samples.size());
  batch_->columns = columns;
  batch_->topic = topic;
  batch_->client = client;
  batch_->partition = batch_->base_sequence = batch_->producer_epoch = -1;
  batch_->producer_id = batch_->base_offset = -1;
  const auto fill = [&](auto member) {
    auto* bytes = column<tidemill_bytes>(samples.size());
    for (std::size_t i = 0; i < samples.size(); ++i) {
      bytes[i] = bytes_of(samples[i].*member);
    }
    return bytes;
  };
  batch_->keys = (columns & TIDEMILL_KEYS) != 0 ? fill(&sample::key) : nullptr;
  batch_->values = (columns & TIDEMILL_VALUES) != 0 ? fill(&sample::value) : nullptr;
  if ((columns & TIDEMILL_TIMESTAMPS) != 0) {
    auto* times = column<std::int64_t>(samples.size());
    std::fill_n(times, samples.size(), 1'700'000'000'000);
    batch_->timestamps_ms = times;
  }
  if ((columns & TIDEMILL_HEADERS) != 0) {
    fill_headers(samples.size());
  }
}

/// Every second record has two headers, one of them without a value.
void guarded_batch::fill_headers(std::size_t count) {
  auto* begin = column<std::uint32_t>(count + 1);
  auto* names = column<tidemill_bytes>((count + 1) / 2 * 2);
  auto* values = column<tidemill_bytes>((count + 1) / 2 * 2);
  const tidemill_bytes trace = bytes_of("trace");
  const tidemill_bytes empty = bytes_of("");
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < count; ++i) {
    begin[i] = next;
    if (i % 2 == 0) {
      names[next] = trace;
      values[next++] = trace;
      names[next] = empty;
      values[next++] = {nullptr, 0};
    }
  }
  begin[count] = next;
  batch_->header_begin = begin;
  batch_->header_names = names;
  batch_->header_values = values;
}

const tidemill_batch* guarded_batch::raw() const noexcept {
  return batch_;
}

std::vector<sample> odd_samples() {
  std::vector<sample> samples = {{std::nullopt}, {""}, {"a"}, {std::string("\0", 1)}};
  for (const std::size_t size :
       {2U, 3U, 4U, 5U, 7U, 8U, 9U, 15U, 16U, 17U, 31U, 33U, 255U, 4096U, 65'537U, 1U << 20U}) {
    samples.push_back({std::string(size, '\xff')});
  }
  samples.push_back({"key", std::nullopt});
  samples.push_back({"key", ""});
  samples.push_back({std::nullopt, std::nullopt});
  return samples;
}

std::vector<sample> plain_samples(std::size_t count) {
  std::vector<sample> samples;
  samples.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    samples.push_back({"key-" + std::to_string(i % 997)});
  }
  return samples;
}

std::uint32_t partitioner_needs(const stage& on) {
  const auto& table = on.table<tidemill_partitioner>(TIDEMILL_PARTITIONER);
  const std::uint32_t needs =
      table.instance_needs == nullptr ? table.needs : table.instance_needs(on.instance());
  expect((needs & ~table.needs) == 0, "instance_needs() asks for columns beyond `needs`");
  return needs;
}

std::vector<std::int32_t> choose(stage& on, const guarded_batch& batch, std::size_t shard) {
  const auto& table = on.table<tidemill_partitioner>(TIDEMILL_PARTITIONER);
  guarded<std::int32_t> partitions(batch.size());
  partitions.fill(TIDEMILL_PARTITION_ANY);
  error_room why(on.younger_by_bytes());
  tidemill_status status = TIDEMILL_OK;
  on.on_shard(
      [&] { status = table.choose(on.shard(shard), batch.raw(), partitions.data(), why.raw()); },
      shard);
  expect(partitions.is_front_intact(), "choose() writes before its output");
  expect_ok("choose", status, why);
  const std::int32_t count = batch.raw()->topic->partition_count;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    expect(partitions[i] >= TIDEMILL_PARTITION_REJECT && partitions[i] < count,
           "choose() answers partition " + std::to_string(partitions[i]) + " for record " +
               std::to_string(i) + ", expected 0 to " + std::to_string(count - 1) +
               ", TIDEMILL_PARTITION_ANY or TIDEMILL_PARTITION_REJECT");
  }
  return {partitions.all().begin(), partitions.all().end()};
}

std::uint32_t transform_needs(const stage& on) {
  const auto& table = on.table<tidemill_transform>(TIDEMILL_TRANSFORM);
  const std::uint32_t needs =
      table.instance_needs == nullptr ? table.needs : table.instance_needs(on.instance());
  expect((needs & ~table.needs) == 0, "instance_needs() asks for columns beyond `needs`");
  return needs;
}

std::vector<std::uint32_t> validate(stage& on, const guarded_batch& batch, std::size_t shard) {
  const auto& table = on.table<tidemill_transform>(TIDEMILL_TRANSFORM);
  struct collected {
    std::vector<std::uint32_t> indexes;
    std::size_t unexplained = 0;
  } rejected;
  tidemill_rejections sink{};
  sink.struct_size = sizeof sink;
  sink.context = &rejected;
  sink.reject = [](const tidemill_rejections* into, std::uint32_t index, tidemill_bytes reason) {
    auto& all = *static_cast<collected*>(into->context);
    all.indexes.push_back(index);
    all.unexplained += reason.size == 0 ? 1 : 0;
  };
  error_room why(on.younger_by_bytes());
  tidemill_status status = TIDEMILL_OK;
  on.on_shard([&] { status = table.validate(on.shard(shard), batch.raw(), &sink, why.raw()); },
              shard);
  if (status != TIDEMILL_DENIED) {
    expect_ok("validate", status, why);
  }
  for (const std::uint32_t index : rejected.indexes) {
    expect(index < batch.size(), "validate() rejects record " + std::to_string(index) +
                                     " of a batch of " + std::to_string(batch.size()));
  }
  expect(rejected.unexplained == 0, "validate() rejects a record without a reason");
  return rejected.indexes;
}

std::vector<std::uint8_t> vote(stage& on, std::size_t segment_count, std::size_t shard) {
  const auto& table = on.table<tidemill_retention>(TIDEMILL_RETENTION);
  testkit::log_builder builder;
  for (std::size_t i = 0; i < segment_count; ++i) {
    builder.add(100, 1 << 20U, static_cast<std::int64_t>(segment_count - i) * 60'000);
  }
  builder.log.retention_ms = 600'000;
  builder.log.retention_bytes = 64 << 20U;
  builder.log.facts = table.needs;
  builder.log.disk_free_bytes = std::int64_t{5} << 30U;
  builder.log.disk_total_bytes = std::int64_t{100} << 30U;
  guarded<std::uint8_t> room(sizeof(tidemill_log) + on.younger_by_bytes());
  tidemill_log view = builder.view();
  view.struct_size = static_cast<std::uint32_t>(room.size());
  room.fill(0xa5);
  std::memcpy(room.data(), &view, sizeof view);
  guarded<std::uint8_t> votes(segment_count);
  votes.fill(TIDEMILL_KEEP);
  error_room why(on.younger_by_bytes());
  tidemill_status status = TIDEMILL_OK;
  on.on_shard(
      [&] {
        status = table.vote(on.shard(shard), reinterpret_cast<const tidemill_log*>(room.data()),
                            votes.data(), why.raw());
      },
      shard);
  expect(votes.is_front_intact(), "vote() writes before its output");
  expect_ok("vote", status, why);
  for (std::size_t i = 0; i < votes.size(); ++i) {
    expect(votes[i] <= TIDEMILL_REMOVE_LOCAL, "vote() answers " + std::to_string(votes[i]) +
                                                  " for segment " + std::to_string(i) +
                                                  ", expected 0, 1 or 2");
  }
  return {votes.all().begin(), votes.all().end()};
}

std::vector<std::uint8_t> authorize(stage& on, std::size_t action_count, bool is_anonymous,
                                    std::size_t shard) {
  const auto& table = on.table<tidemill_authorizer>(TIDEMILL_AUTHORIZER);
  const std::string name = "orders";
  std::vector<std::uint16_t> operations(action_count);
  std::vector<std::uint16_t> types(action_count);
  for (std::size_t i = 0; i < action_count; ++i) {
    // Numbers that nobody knows yet are among them.
    operations[i] = static_cast<std::uint16_t>(i % 20);
    types[i] = static_cast<std::uint16_t>(i / 20 % 10);
  }
  const std::vector<tidemill_bytes> names(action_count, testkit::view_of(name));
  const guarded_batch someone({}, 1, 0, on.younger_by_bytes());
  tidemill_client nobody{};
  nobody.struct_size = sizeof nobody;
  tidemill_actions actions{sizeof actions, static_cast<std::uint32_t>(action_count),
                           operations.data(), types.data(), names.data()};
  guarded<std::uint8_t> decisions(action_count);
  decisions.fill(TIDEMILL_DENY);
  error_room why(on.younger_by_bytes());
  const tidemill_token token = next_token++;
  tidemill_status status = TIDEMILL_OK;
  on.on_shard(
      [&] {
        status = table.authorize(on.shard(shard), is_anonymous ? &nobody : someone.raw()->client,
                                 &actions, token, decisions.data(), why.raw());
      },
      shard);
  expect(decisions.is_front_intact(), "authorize() writes before its output");
  const tidemill_status last = completed(on, status, token, "authorize()");
  expect_ok("authorize", last, why);
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    expect(decisions[i] <= TIDEMILL_NO_OPINION, "authorize() answers " +
                                                    std::to_string(decisions[i]) + " for action " +
                                                    std::to_string(i) + ", expected 0, 1 or 2");
  }
  return {decisions.all().begin(), decisions.all().end()};
}

namespace {

/// One step, repeated with more room as long as it asks for it.
tidemill_status step_of(stage& on, const tidemill_authenticator& table, tidemill_session* session,
                        const std::string& message, guarded<tidemill_authentication>& outcome) {
  tidemill_status status = TIDEMILL_NO_SPACE;
  std::size_t room_bytes = 16;
  for (int round = 0; status == TIDEMILL_NO_SPACE && round < 8; ++round) {
    guarded<std::uint8_t> answer(room_bytes);
    guarded<std::uint8_t> said(message.size());
    std::memcpy(said.data(), message.data(), message.size());
    outcome[0] = {};
    outcome[0].struct_size = sizeof(tidemill_authentication);
    outcome[0].answer = {answer.data(), answer.size(), 0};
    error_room why;
    const tidemill_token token = next_token++;
    status = table.step(session, {said.data(), said.size()}, token, outcome.data(), why.raw());
    expect(answer.is_front_intact(), "step() writes before the room of its answer");
    expect(status == TIDEMILL_NO_SPACE || outcome[0].answer.size <= answer.size(),
           "step() answers more than there is room for");
    expect(status != TIDEMILL_NO_SPACE || outcome[0].answer.size > answer.size(),
           "step() answers NO_SPACE without the size that it needs");
    room_bytes = outcome[0].answer.size;
    status = completed(on, status, token, "step()");
    (void)why.message();
  }
  expect(status != TIDEMILL_NO_SPACE, "step() goes on asking for more room");
  return status;
}

}  // namespace

bool authenticate(stage& on, const tidemill_authenticator& table,
                  const std::vector<std::string>& messages) {
  const guarded_batch someone({}, 1, 0, on.younger_by_bytes());
  bool is_in = false;
  on.on_shard([&] {
    tidemill_session* session = nullptr;
    error_room why(on.younger_by_bytes());
    const tidemill_status begun =
        table.begin(on.shard(), someone.raw()->client, &session, why.raw());
    expect_ok("begin", begun, why);
    guarded<tidemill_authentication> outcome(1);
    for (const std::string& message : messages) {
      const tidemill_status status = step_of(on, table, session, message, outcome);
      if (status == TIDEMILL_DONE) {
        const tidemill_authentication& who = outcome[0];
        expect(who.principal_name_size > 0 &&
                   who.principal_name_size <= sizeof who.principal_name &&
                   who.principal_type_size <= sizeof who.principal_type,
               "step() answers DONE with a name of " + std::to_string(who.principal_name_size) +
                   " bytes and a type of " + std::to_string(who.principal_type_size) +
                   ", expected 1 to 512 and 0 to 64");
        is_in = true;
      }
      if (status != TIDEMILL_OK) {
        break;
      }
    }
    table.end(session);
  });
  return is_in;
}

namespace {

void call_codec(stage& on) {
  const auto& table = on.table<tidemill_codec>(TIDEMILL_CODEC);
  on.on_shard([&] {
    tidemill_stream* stream = nullptr;
    error_room why(on.younger_by_bytes());
    const tidemill_status status = table.open(on.shard(), TIDEMILL_COMPRESS, &stream, why.raw());
    expect_ok("open", status, why);
    table.close(stream);
  });
}

}  // namespace

void call_all_kinds(stage& on) {
  const auto samples = plain_samples(20);
  if (on.has(TIDEMILL_PARTITIONER)) {
    choose(on, guarded_batch(samples, 12, partitioner_needs(on), on.younger_by_bytes()));
  }
  if (on.has(TIDEMILL_TRANSFORM)) {
    validate(on, guarded_batch(samples, 12, transform_needs(on), on.younger_by_bytes()));
  }
  if (on.has(TIDEMILL_RETENTION)) {
    vote(on, 5);
  }
  if (on.has(TIDEMILL_CODEC)) {
    call_codec(on);
  }
  if (on.has(TIDEMILL_AUTHORIZER)) {
    authorize(on, 3);
  }
  if (on.has(TIDEMILL_AUTHENTICATOR)) {
    authenticate(on, on.table<tidemill_authenticator>(TIDEMILL_AUTHENTICATOR), {"hello"});
  }
}

}  // namespace tidemill::conformance
