#include "log/producer_state.hpp"

#include <algorithm>
#include <limits>

#include "base/assert.hpp"

namespace tidemill::log {

namespace {

constexpr std::int64_t sequence_count = std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;

bool follows(sequence last, sequence candidate) noexcept {
  return record::advance(last, 1) == candidate;
}

void remember(producer_entry& entry, const producer_batch& batch) noexcept {
  if (entry.batch_count == producer_batches_remembered) {
    std::move(entry.batches.begin() + 1, entry.batches.end(), entry.batches.begin());
    --entry.batch_count;
  }
  entry.batches[entry.batch_count] = batch;
  ++entry.batch_count;
}

const producer_batch* find_duplicate(const producer_entry& entry,
                                     const record::batch_view& batch) noexcept {
  const auto first = batch.base_sequence();
  const auto last = batch.last_sequence();
  for (const producer_batch& known : entry.remembered()) {
    if (known.base_sequence() == first && known.last_sequence == last) {
      return &known;
    }
  }
  return nullptr;
}

bool is_next(const producer_entry& entry, producer_epoch epoch, sequence first) noexcept {
  const producer_batch* latest = entry.latest();
  if (epoch != entry.epoch || latest == nullptr) {
    return first == sequence{0};
  }
  return follows(latest->last_sequence, first);
}

producer_verdict refused(producer_refusal refusal) noexcept {
  return {producer_verdict::kind::refused, refusal, {}};
}

}  // namespace

sequence producer_batch::base_sequence() const noexcept {
  const std::int64_t first = std::int64_t{last_sequence.value()} - delta;
  return sequence{static_cast<std::int32_t>(first >= 0 ? first : first + sequence_count)};
}

bool continues(const record::batch_view& previous, const record::batch_view& next) noexcept {
  const auto last = previous.last_sequence();
  const auto first = next.base_sequence();
  return last && first && previous.producer_id() == next.producer_id() &&
         previous.producer_epoch() == next.producer_epoch() && follows(*last, *first) &&
         !previous.is_transactional() && !next.is_transactional() && !previous.is_control() &&
         !next.is_control();
}

/// A producer and its place in the list of who has been silent longest.
struct producer_states::slot {
  producer_entry entry;
  std::int64_t touched_ms = 0;
  slot* older = nullptr;
  slot* newer = nullptr;
};

struct producer_states::table {
  struct transaction {
    offset first_offset;
    producer_id producer;
    /// Set once its marker is there.
    std::optional<offset> last_offset;
  };

  std::unordered_map<producer_id, slot> slots;
  /// In order of their first offsets. Ended ones stay until the high watermark has passed them.
  std::vector<transaction> transactions;
  slot* oldest = nullptr;
  slot* newest = nullptr;

  void unlink(slot& from) noexcept {
    (from.older != nullptr ? from.older->newer : oldest) = from.newer;
    (from.newer != nullptr ? from.newer->older : newest) = from.older;
    from.older = from.newer = nullptr;
  }
  void link_newest(slot& added) noexcept {
    added.older = newest;
    (newest != nullptr ? newest->newer : oldest) = &added;
    newest = &added;
  }
  void begin_transaction(offset first, producer_id producer) {
    const auto place = std::upper_bound(
        transactions.begin(), transactions.end(), first,
        [](offset position, const transaction& other) { return position < other.first_offset; });
    transactions.insert(place, transaction{first, producer, std::nullopt});
  }
};

producer_states::producer_states(std::size_t producers_max) noexcept
    : producers_max_(producers_max) {
  TIDEMILL_ASSERT(producers_max > 0);
}
producer_states::~producer_states() = default;
producer_states::producer_states(producer_states&&) noexcept = default;
producer_states& producer_states::operator=(producer_states&&) noexcept = default;

producer_verdict producer_states::check(const record::batch_view& batch) const noexcept {
  const auto id = batch.producer_id();
  const producer_entry* entry = id ? find(*id) : nullptr;
  if (entry == nullptr) {
    return {};
  }
  const producer_epoch epoch = batch.producer_epoch().value_or(producer_epoch{-1});
  if (epoch < entry->epoch) {
    return refused(producer_refusal::invalid_producer_epoch);
  }
  if (epoch == entry->epoch) {
    if (const producer_batch* original = find_duplicate(*entry, batch)) {
      return {producer_verdict::kind::duplicate, {}, *original};
    }
  }
  const auto first = batch.base_sequence();
  if (!first || !is_next(*entry, epoch, *first)) {
    return refused(producer_refusal::out_of_order_sequence);
  }
  if (entry->transaction_first_offset && !batch.is_transactional()) {
    return refused(producer_refusal::invalid_transaction_state);
  }
  return {};
}

std::optional<producer_refusal> producer_states::check(
    const record::end_transaction_marker& marker) const noexcept {
  const producer_entry* entry = find(marker.producer_id);
  if (entry == nullptr) {
    return std::nullopt;
  }
  if (marker.producer_epoch < entry->epoch) {
    return producer_refusal::invalid_producer_epoch;
  }
  if (marker.coordinator_epoch < entry->coordinator_epoch) {
    return producer_refusal::transaction_coordinator_fenced;
  }
  return std::nullopt;
}

std::optional<completed_transaction> producer_states::apply(const record::batch_view& batch,
                                                            std::int64_t now_ms) {
  if (!batch.producer_id()) {
    return std::nullopt;
  }
  if (batch.is_control()) {
    return apply_marker(batch, now_ms);
  }
  apply_data(batch, now_ms);
  return std::nullopt;
}

void producer_states::apply_data(const record::batch_view& batch, std::int64_t now_ms) {
  const producer_id id = *batch.producer_id();
  const producer_epoch epoch = batch.producer_epoch().value_or(producer_epoch{0});
  producer_entry& entry = touch(id, epoch, now_ms).entry;
  entry.last_timestamp_ms = batch.max_timestamp_ms();
  // Group offsets that are written in a transaction carry no sequence: nothing to compare later.
  if (const auto last = batch.last_sequence()) {
    const auto delta = static_cast<std::int32_t>(batch.last_offset_delta().value());
    remember(entry, producer_batch{*last, delta, batch.last_offset(), batch.max_timestamp_ms()});
  }
  if (batch.is_transactional() && !entry.transaction_first_offset) {
    entry.transaction_first_offset = batch.base_offset();
    table_->begin_transaction(batch.base_offset(), id);
  }
}

std::optional<completed_transaction> producer_states::apply_marker(const record::batch_view& batch,
                                                                   std::int64_t now_ms) {
  if (batch.record_count() == 0) {
    return std::nullopt;  // the cleaner has taken the whole transaction out
  }
  const auto read = record::read_end_transaction_marker(batch);
  if (!read || !*read) {
    return std::nullopt;  // another kind of control record ends nothing
  }
  const record::end_transaction_marker& marker = **read;
  producer_entry& entry = touch(marker.producer_id, marker.producer_epoch, now_ms).entry;
  entry.coordinator_epoch = marker.coordinator_epoch;
  entry.last_timestamp_ms = batch.max_timestamp_ms();
  return complete(entry, batch.base_offset(),
                  marker.ending == record::end_transaction_marker::outcome::abort);
}

std::optional<completed_transaction> producer_states::complete(producer_entry& entry, offset marker,
                                                               bool aborted) {
  if (!entry.transaction_first_offset) {
    return std::nullopt;
  }
  const offset first = *entry.transaction_first_offset;
  entry.transaction_first_offset.reset();
  offset last_stable = next(marker);
  bool stable_found = false;
  for (table::transaction& each : table_->transactions) {
    if (each.producer == entry.id && each.first_offset == first) {
      each.last_offset = marker;
    } else if (!each.last_offset && !stable_found) {
      last_stable = each.first_offset;
      stable_found = true;
    }
  }
  return completed_transaction{entry.id, first, marker, last_stable, aborted};
}

producer_states::slot& producer_states::touch(producer_id id, producer_epoch epoch,
                                              std::int64_t now_ms) {
  if (table_ == nullptr) {
    table_ = std::make_unique<table>();
  }
  auto found = table_->slots.find(id);
  if (found == table_->slots.end()) {
    if (table_->slots.size() >= producers_max_) {
      evict_one();
    }
    found = table_->slots.try_emplace(id).first;
    found->second.entry.id = id;
    found->second.entry.epoch = epoch;
  } else {
    table_->unlink(found->second);
  }
  slot& touched = found->second;
  touched.touched_ms = now_ms;
  table_->link_newest(touched);
  if (touched.entry.epoch != epoch) {
    touched.entry.epoch = epoch;
    touched.entry.batch_count = 0;  // sequences start again with every epoch
  }
  return touched;
}

void producer_states::evict_one() {
  for (slot* each = table_->oldest; each != nullptr; each = each->newer) {
    if (!each->entry.transaction_first_offset) {
      forget(*each);
      return;
    }
  }
}

void producer_states::forget(slot& gone) {
  table_->unlink(gone);
  const producer_id id = gone.entry.id;
  table_->slots.erase(id);
}

void producer_states::load(const producer_entry& entry, std::int64_t now_ms) {
  TIDEMILL_ASSERT(entry.batch_count <= producer_batches_remembered);
  slot& loaded = touch(entry.id, entry.epoch, now_ms);
  TIDEMILL_ASSERT(!loaded.entry.transaction_first_offset);
  loaded.entry = entry;
  if (entry.transaction_first_offset) {
    table_->begin_transaction(*entry.transaction_first_offset, entry.id);
  }
}

std::size_t producer_states::expire(std::int64_t now_ms, std::int64_t expiration_ms) {
  if (table_ == nullptr) {
    return 0;
  }
  std::size_t forgotten = 0;
  slot* each = table_->oldest;
  while (each != nullptr && now_ms - each->touched_ms >= expiration_ms) {
    slot* const newer = each->newer;
    if (!each->entry.transaction_first_offset) {
      forget(*each);
      ++forgotten;
    }
    each = newer;
  }
  if (table_->slots.empty() && table_->transactions.empty()) {
    table_.reset();
  }
  return forgotten;
}

void producer_states::clear() noexcept {
  table_.reset();
}

std::optional<offset> producer_states::first_unstable_offset() const noexcept {
  if (table_ == nullptr || table_->transactions.empty()) {
    return std::nullopt;
  }
  return table_->transactions.front().first_offset;
}

void producer_states::advance_high_watermark(offset high_watermark) noexcept {
  if (table_ == nullptr || table_->transactions.empty()) {
    return;
  }
  std::erase_if(table_->transactions, [high_watermark](const table::transaction& each) {
    return each.last_offset && *each.last_offset < high_watermark;
  });
}

std::size_t producer_states::size() const noexcept {
  return table_ == nullptr ? 0 : table_->slots.size();
}

const producer_entry* producer_states::find(producer_id id) const noexcept {
  if (table_ == nullptr) {
    return nullptr;
  }
  const auto found = table_->slots.find(id);
  return found == table_->slots.end() ? nullptr : &found->second.entry;
}

std::vector<producer_entry> producer_states::entries() const {
  std::vector<producer_entry> all;
  if (table_ == nullptr) {
    return all;
  }
  all.reserve(table_->slots.size());
  for (const auto& [id, known] : table_->slots) {
    all.push_back(known.entry);
  }
  std::sort(all.begin(), all.end(),
            [](const producer_entry& a, const producer_entry& b) { return a.id < b.id; });
  return all;
}

}  // namespace tidemill::log
