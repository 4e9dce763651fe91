#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/compaction/compaction_job.hpp"
#include "log/compaction/compaction_plan.hpp"
#include "log/log.hpp"
#include "record/record_iterator.hpp"
#include "tests/support/log_builder.hpp"

namespace tidemill::test {

/// A record as a reader sees it.
struct seen_record {
  std::string key;
  /// nullopt: a tombstone.
  std::optional<std::string> value;
  std::int64_t timestamp_ms = 0;

  friend bool operator==(const seen_record&, const seen_record&) = default;
};
using seen_records = std::map<offset, seen_record>;

/// A batch of keyed records.
inline byte_buffer make_keyed_batch(
    const std::vector<seen_record>& records,
    std::optional<record::batch_producer> producer = std::nullopt,
    record::compression_type compression = record::compression_type::none,
    const record::codec_set& codecs = record::no_codecs()) {
  record::batch_options options;
  options.producer = producer;
  options.compression = compression;
  options.compressor =
      compression == record::compression_type::none ? nullptr : codecs.find(compression);
  record::batch_builder builder(options);
  for (const seen_record& each : records) {
    record::new_record one;
    one.timestamp_ms = each.timestamp_ms;
    one.key = as_bytes(each.key);
    if (each.value) {
      one.value = as_bytes(*each.value);
    }
    builder.append(one);
  }
  auto built = builder.finish();
  return std::move(*built);
}

/// What is left for each key when all records are played one after the other.
inline std::map<std::string, std::string> replay(const seen_records& records) {
  std::map<std::string, std::string> latest;
  for (const auto& [at, one] : records) {
    if (one.value) {
      latest[one.key] = *one.value;
    } else {
      latest.erase(one.key);
    }
  }
  return latest;
}

/// All batches that reads return, whole; empty where a read does not go on.
inline std::vector<byte_buffer> read_batches(log::log& in, std::uint64_t size_bytes_max = 1 << 20) {
  std::vector<byte_buffer> found;
  offset at = in.log_start();
  while (at < in.log_end()) {
    const auto slice = in.read(at, {.size_bytes_max = size_bytes_max});
    if (!slice || slice->empty() || slice->end <= at) {
      return {};
    }
    const byte_buffer bytes = simulated_log::bytes_of(*slice);
    record::batch_scanner scanner(bytes);
    while (const auto batch = scanner.next()) {
      found.emplace_back(batch->bytes().begin(), batch->bytes().end());
    }
    at = slice->end;
  }
  return found;
}

inline void add_records(const record::batch_view& batch, seen_records& to,
                        const record::codec_set& codecs = record::no_codecs()) {
  byte_buffer room;
  const bytes_view plain = log::plain_records(batch, codecs, room).value();
  record::record_iterator records(plain, batch.record_count());
  record::record_view record;
  while (records.next(record)) {
    seen_record one;
    one.key = as_text(record.key.value_or(bytes_view()));
    if (record.value) {
      one.value = as_text(*record.value);
    }
    one.timestamp_ms = record::timestamp_ms_of(batch, record);
    to[record::offset_of(batch, record)] = std::move(one);
  }
}

inline seen_records read_records(log::log& in,
                                 const record::codec_set& codecs = record::no_codecs()) {
  seen_records all;
  for (const byte_buffer& bytes : read_batches(in)) {
    add_records(record::batch_view(bytes), all, codecs);
  }
  return all;
}

/// How a pass is made.
struct pass_options {
  log::compaction_policy policy;
  std::optional<offset> cleaned_to;
  std::uint64_t memory_bytes_max = std::uint64_t{1} << 20;
  std::uint64_t step_size_bytes = 4096;
  log::last_batches producers;
  std::vector<log::aborted_transaction> aborted;
  const record::codec_set* codecs = &record::no_codecs();
};

inline std::unique_ptr<log::compaction_job> make_pass(simulated_log& on, const log::log& of,
                                                      const pass_options& how) {
  const std::int64_t now_ms = on.clock.wall_now().time_since_epoch().count();
  auto plan = log::plan_compaction(of.segments(), of.log_start(), of.recovery_point(),
                                   how.cleaned_to, how.policy, now_ms);
  if (plan.dirty_bytes == 0) {
    return nullptr;
  }
  log::compaction_order order;
  order.disk = &on.disk;
  order.directory = of.directory();
  order.sources = std::move(plan.sources);
  order.first_dirty = plan.first_dirty;
  order.options = of.settings();
  order.memory_bytes_max = how.memory_bytes_max;
  order.step_size_bytes = how.step_size_bytes;
  order.seed = {1, 2};
  order.rules.now_ms = now_ms;
  order.rules.delete_retention_ms = how.policy.delete_retention.count();
  order.rules.producers = how.producers;
  order.rules.codecs = how.codecs;
  order.aborted = how.aborted;
  return std::make_unique<log::compaction_job>(std::move(order));
}

/// A whole pass, deletions included; answers up to where the log is clean then.
inline result<offset> compact(simulated_log& on, log::log& in, const pass_options& how = {}) {
  const auto job = make_pass(on, in, how);
  if (job == nullptr) {
    return how.cleaned_to.value_or(in.log_start());
  }
  while (true) {
    TIDEMILL_TRY_ASSIGN(progress, job->run_step());
    if (progress == log::compaction_job::progress::segment_ready) {
      TIDEMILL_TRY_ASSIGN(deletion, in.replace(job->take_segment()));
      simulated_log::run(deletion);
    } else if (progress == log::compaction_job::progress::done) {
      return job->cleaned_to();
    }
  }
}

}  // namespace tidemill::test
