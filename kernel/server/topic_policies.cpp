#include "server/topic_policies.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tidemill::server {
namespace {

constexpr std::size_t recent_max = 16;

/// A setting without a bound of its own on this side.
std::int64_t or_unlimited(const std::optional<std::int64_t>& value) {
  return value.value_or(std::numeric_limits<std::int64_t>::max());
}

/// Spreads the rolling of segments that were made at one time (segment.jitter.ms).
std::int64_t jitter(const metadata::topic_settings& settings, std::chrono::milliseconds age_max,
                    io::random& random) {
  const std::int64_t most = std::min(settings.segment_jitter_ms, age_max.count() - 1);
  if (most <= 0) {
    return 0;
  }
  return static_cast<std::int64_t>(random.next() % static_cast<std::uint64_t>(most));
}

void set_log_options(log::log_options& options, const metadata::topic_settings& settings) {
  options.segment_size_bytes_max = std::min<std::uint64_t>(
      static_cast<std::uint64_t>(settings.segment_bytes), log::segment_size_bytes_limit);
  options.segment_age_max = std::chrono::milliseconds(settings.segment_ms);
  if (settings.compacts && settings.compaction_lag_max_ms) {
    // What lies in the active segment cannot be compacted.
    options.segment_age_max = std::min(options.segment_age_max,
                                       std::chrono::milliseconds(*settings.compaction_lag_max_ms));
  }
  options.offsets_may_have_gaps = settings.compacts;
  options.index_interval_bytes = static_cast<std::uint32_t>(settings.index_interval_bytes);
  options.index_size_bytes_max = static_cast<std::uint32_t>(settings.segment_index_bytes);
}

}  // namespace

topic_policies::topic_policies(topic_policy_options options, io::random& random)
    : options_(std::move(options)), random_(random) {}

std::shared_ptr<const partition::topic_policy> topic_policies::policy_for(
    const metadata::setting_list& topic_settings) {
  const metadata::topic_settings settings = metadata::resolve(topic_settings, options_.defaults);
  const auto found = std::ranges::find(recent_, settings, &made::settings);
  if (found != recent_.end()) {
    return found->policy;
  }
  if (recent_.size() == recent_max) {
    recent_.pop_back();
  }
  recent_.push_front({settings, make(settings)});
  return recent_.front().policy;
}

std::shared_ptr<const partition::topic_policy> topic_policies::make(
    const metadata::topic_settings& settings) {
  auto log_options = std::make_shared<log::log_options>();
  set_log_options(*log_options, settings);
  log_options->segment_age_max -=
      std::chrono::milliseconds(jitter(settings, log_options->segment_age_max, random_));
  log_options->flush_age_max =
      settings.flush_ms ? std::chrono::milliseconds(*settings.flush_ms) : options_.flush_age_max;
  auto policy = std::make_shared<partition::topic_policy>();
  policy->log = std::move(log_options);
  if (settings.retention_ms) {
    policy->retention.age_max = std::chrono::milliseconds(*settings.retention_ms);
  }
  if (settings.retention_bytes) {
    policy->retention.size_bytes_max = static_cast<std::uint64_t>(*settings.retention_bytes);
  }
  policy->in_sync_replicas_min = settings.min_in_sync_replicas;
  policy->sync_before_commit = options_.sync_before_commit || settings.flush_messages == 1;
  policy->compression = settings.compression;
  policy->depth = settings.validation == metadata::validation_depth::full
                      ? record::validation_depth::full
                      : record::validation_depth::header;
  policy->batch_size_bytes_max = static_cast<std::size_t>(settings.max_message_bytes);
  policy->timestamp_type =
      settings.timestamp_type == metadata::message_timestamp_type::log_append_time
          ? record::timestamp_type::log_append_time
          : record::timestamp_type::create_time;
  policy->timestamp_before_max_ms = or_unlimited(settings.timestamp_before_max_ms);
  policy->timestamp_after_max_ms = or_unlimited(settings.timestamp_after_max_ms);
  policy->delete_retention = std::chrono::milliseconds(settings.delete_retention_ms);
  policy->delete_expired = settings.deletes;
  policy->compacts = settings.compacts;
  policy->compaction.dirty_ratio_min = settings.dirty_ratio_min;
  policy->compaction.lag_min = std::chrono::milliseconds(settings.compaction_lag_min_ms);
  if (settings.compaction_lag_max_ms) {
    policy->compaction.lag_max = std::chrono::milliseconds(*settings.compaction_lag_max_ms);
  }
  policy->compaction.delete_retention = policy->delete_retention;
  policy->epoch = ++epoch_;
  attach(settings, *policy);
  return policy;
}

void topic_policies::attach(const metadata::topic_settings& settings,
                            partition::topic_policy& policy) const {
  if (extensions_ == nullptr) {
    return;
  }
  if (!settings.partitioner.empty() &&
      settings.partitioning != metadata::partitioner_mode::client) {
    policy.partitioner = extensions_->partitioner(
        settings.partitioner, settings.partitioning == metadata::partitioner_mode::verify_warn
                                  ? extension::verify_mode::warn
                                  : extension::verify_mode::reject);
  }
  if (!settings.validate_extension.empty()) {
    policy.gate = extensions_->gate(settings.validate_extension);
  }
  if (!settings.retention_extension.empty()) {
    policy.retention_extension = extensions_->retention(settings.retention_extension);
  }
}

}  // namespace tidemill::server
