#include <algorithm>
#include <array>
#include <limits>

#include "metadata/topic_settings.hpp"

namespace tidemill::metadata {
namespace {

using text = std::string_view;

constexpr auto int32_max = std::numeric_limits<std::int32_t>::max();
constexpr auto int64_min = std::numeric_limits<std::int64_t>::min();
constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();
constexpr text int64_max_text = "9223372036854775807";

constexpr std::array<text, 2> cleanup_policies{"compact", "delete"};
constexpr std::array<text, 6> compression_types{"uncompressed", "zstd", "lz4",
                                                "snappy",       "gzip", "producer"};
constexpr std::array<text, 2> timestamp_types{"CreateTime", "LogAppendTime"};
constexpr std::array<text, 2> validation_depths{"header", "full"};
constexpr std::array<text, 3> partitioner_modes{"client", "verify-warn", "verify-reject"};
constexpr std::array<text, 2> flush_messages_honoured{"1", int64_max_text};
constexpr std::array<text, 1> only_false{"false"};
constexpr std::array<text, 1> only_empty{""};

struct range {
  std::int64_t min = 0;
  std::int64_t max = 0;
};

constexpr setting_definition number(text name, setting_type type, text default_value,
                                    text broker_name, range bounds, text unit, text documentation) {
  setting_definition made;
  made.name = name;
  made.type = type;
  made.default_value = default_value;
  made.broker_name = broker_name;
  made.value_min = bounds.min;
  made.value_max = bounds.max;
  made.unit = unit;
  made.documentation = documentation;
  return made;
}

constexpr setting_definition int32(text name, text default_value, text broker_name, range bounds,
                                   text unit, text documentation) {
  return number(name, setting_type::int32, default_value, broker_name, bounds, unit, documentation);
}

constexpr setting_definition milliseconds(text name, text default_value, text broker_name,
                                          std::int64_t min, text documentation) {
  return number(name, setting_type::int64, default_value, broker_name, {min, int64_max},
                "milliseconds", documentation);
}

constexpr setting_definition choice(text name, text default_value, text broker_name,
                                    std::span<const text> choices, std::span<const text> honoured,
                                    text documentation) {
  setting_definition made;
  made.name = name;
  made.default_value = default_value;
  made.broker_name = broker_name;
  made.choices = choices;
  made.honoured = honoured;
  made.documentation = documentation;
  return made;
}

constexpr setting_definition flag(text name, text broker_name, std::span<const text> honoured,
                                  text documentation) {
  auto made = choice(name, "false", broker_name, {}, honoured, documentation);
  made.type = setting_type::boolean;
  return made;
}

constexpr setting_definition list(text name, text default_value, text broker_name,
                                  std::span<const text> choices, std::span<const text> honoured,
                                  text documentation) {
  auto made = choice(name, default_value, broker_name, choices, honoured, documentation);
  made.type = setting_type::list;
  return made;
}

constexpr setting_definition extension(text name, text documentation) {
  setting_definition made;
  made.name = name;
  made.documentation = documentation;
  made.names_extension = true;
  return made;
}

constexpr setting_definition with_derived_default(setting_definition made) {
  made.has_derived_default = true;
  return made;
}

constexpr setting_definition with_honoured(setting_definition made,
                                           std::span<const text> honoured) {
  made.honoured = honoured;
  return made;
}

// Ordered by name; checked below.
constexpr std::array definitions{
    list("cleanup.policy", "delete", "log.cleanup.policy", cleanup_policies, {},
         "How old data goes: delete drops whole segments by age and size, compact keeps the latest "
         "record of every key, none of both keeps everything."),
    int32("compression.gzip.level", "-1", "compression.gzip.level", {-1, 9}, "",
          "Level for batches that the broker itself compresses with gzip; -1 is the codec's own."),
    int32("compression.lz4.level", "9", "compression.lz4.level", {1, 17}, "",
          "Level for batches that the broker itself compresses with lz4."),
    choice("compression.type", "producer", "compression.type", compression_types, {},
           "The codec that batches are stored with; producer keeps each batch as it was sent."),
    int32("compression.zstd.level", "3", "compression.zstd.level", {-131072, 22}, "",
          "Level for batches that the broker itself compresses with zstd."),
    milliseconds("delete.retention.ms", "86400000", "log.cleaner.delete.retention.ms", 0,
                 "How long a compacted topic keeps the markers of deleted keys."),
    milliseconds(
        "file.delete.delay.ms", "60000", "log.segment.delete.delay.ms", 0,
        "How long Kafka keeps the files of a dropped segment for those who still read them; "
        "here they stay as long as somebody does, and no longer."),
    with_honoured(number("flush.messages", setting_type::int64, int64_max_text,
                         "log.flush.interval.messages", {1, int64_max}, "records",
                         "1 acknowledges a batch only after it has been synced to the disk."),
                  flush_messages_honoured),
    with_derived_default(
        milliseconds("flush.ms", int64_max_text, "log.flush.interval.ms", 0,
                     "How long written records may wait until they are synced to the disk.")),
    list("follower.replication.throttled.replicas", "", "", {}, only_empty,
         "Replicas whose fetching from the leader is slowed down: partition:broker pairs or *."),
    int32("index.interval.bytes", "4096", "log.index.interval.bytes", {0, int32_max}, "bytes",
          "How much log lies between two entries of the offset index."),
    list("leader.replication.throttled.replicas", "", "", {}, only_empty,
         "Replicas that the leader serves slowed down: partition:broker pairs or *."),
    number("local.retention.bytes", setting_type::int64, "-2", "log.local.retention.bytes",
           {-2, int64_max}, "bytes",
           "With tiered storage, how much stays on the broker; -2 is retention.bytes."),
    milliseconds("local.retention.ms", "-2", "log.local.retention.ms", -2,
                 "With tiered storage, how long data stays on the broker; -2 is retention.ms."),
    milliseconds("max.compaction.lag.ms", int64_max_text, "log.cleaner.max.compaction.lag.ms", 1,
                 "How long a record of a compacted topic may stay out of compaction."),
    int32("max.message.bytes", "1048588", "message.max.bytes", {0, int32_max}, "bytes",
          "The largest record batch that is taken, compressed as it was sent."),
    milliseconds("message.timestamp.after.max.ms", "3600000", "log.message.timestamp.after.max.ms",
                 0, "How far a record's timestamp may lie ahead of the broker's clock."),
    milliseconds("message.timestamp.before.max.ms", int64_max_text,
                 "log.message.timestamp.before.max.ms", 0,
                 "How far a record's timestamp may lie behind the broker's clock."),
    choice("message.timestamp.type", "CreateTime", "log.message.timestamp.type", timestamp_types,
           {}, "Whose time a record bears: that of its producer, or that of its append."),
    number("min.cleanable.dirty.ratio", setting_type::float64, "0.5",
           "log.cleaner.min.cleanable.ratio", {0, 1}, "",
           "The share of uncompacted data from which a compacted log is cleaned."),
    milliseconds("min.compaction.lag.ms", "0", "log.cleaner.min.compaction.lag.ms", 0,
                 "How long a record of a compacted topic is safe from compaction."),
    int32("min.insync.replicas", "1", "min.insync.replicas", {1, int32_max}, "replicas",
          "How many replicas must have a batch before acks=all is answered with success."),
    flag("preallocate", "log.preallocate", only_false,
         "Whether a new segment file gets its full size at once."),
    flag("remote.log.copy.disable", "", {},
         "With tiered storage, stops uploading and makes the topic's remote part read-only."),
    flag("remote.log.delete.on.disable", "", {},
         "Whether turning tiered storage off deletes what was uploaded."),
    flag("remote.storage.enable", "", only_false, "Whether old segments move to remote storage."),
    number("retention.bytes", setting_type::int64, "-1", "log.retention.bytes",
           {int64_min, int64_max}, "bytes",
           "The size of a partition above which its oldest segments go; below 0 is no limit."),
    with_derived_default(milliseconds("retention.ms", "604800000", "log.retention.ms", -1,
                                      "The age above which segments go; -1 is no limit.")),
    int32("segment.bytes", "1073741824", "log.segment.bytes", {1048576, int32_max}, "bytes",
          "The size at which a new segment file is begun."),
    int32("segment.index.bytes", "10485760", "log.index.size.max.bytes", {4, int32_max}, "bytes",
          "The size of a segment's offset index at which a new segment is begun."),
    with_derived_default(milliseconds(
        "segment.jitter.ms", "0", "log.roll.jitter.ms", 0,
        "A random time up to this is taken off segment.ms, so that not all roll at once.")),
    with_derived_default(milliseconds("segment.ms", "604800000", "log.roll.ms", 1,
                                      "The age at which a new segment file is begun.")),
    extension("tidemill.partitioner",
              "The extension that knows into which partition a record belongs; empty: none."),
    choice("tidemill.partitioner.mode", "client", "", partitioner_modes, {},
           "What becomes of records that a client has sent into another partition than the "
           "partitioner chooses: nothing is looked at, they are counted, or they are refused."),
    extension("tidemill.retention",
              "The extension that decides how long records live, in place of retention.ms and "
              "retention.bytes; empty: none."),
    extension("tidemill.validate",
              "The extension that looks at records before they are stored and refuses those that "
              "break its rule; empty: none."),
    choice("tidemill.validation.depth", "full", "", validation_depths, {},
           "How deep batches are checked before they are stored: their header and checksum, or "
           "every record."),
    flag("unclean.leader.election.enable", "unclean.leader.election.enable", {},
         "Whether a replica that is behind may lead when none other is left, at the price of "
         "losing records."),
};
static_assert(std::ranges::is_sorted(definitions, {}, &setting_definition::name));

}  // namespace

std::span<const setting_definition> topic_setting_definitions() noexcept {
  return definitions;
}

}  // namespace tidemill::metadata
