/* Votes which segments of a log may go (topic setting tidemill.retention).
 *
 * Votes are proposals. The broker removes a prefix of the log only: up to the first segment that is
 * kept, never above the high watermark or the last stable offset, so many per round. The active
 * segment is never removed as long as it is active. Where REMOVE is voted on every segment, the
 * active one too, and its last record is below the high watermark and the last stable offset, it is
 * closed first, an empty one begins behind it, and then it goes with the others, as Kafka does for
 * retention.ms. A plugin that wants the newest records to stay votes KEEP on it. After a failure
 * everything is kept.
 */
#ifndef TIDEMILL_RETENTION_H
#define TIDEMILL_RETENTION_H

#include "tidemill/abi.h"
#include "tidemill/batch.h"

TIDEMILL_BEGIN_C

#define TIDEMILL_RETENTION "tidemill.retention/1"

/* Facts that cost something to find out, for the `needs` mask. */
/* disk_free_bytes, disk_total_bytes */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_FACT_DISK, 1u << 0);
/* group_* */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_FACT_GROUPS, 1u << 1);
/* first_timestamps_ms */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_FACT_FIRST_TIMESTAMPS, 1u << 2);

/* Bits of tidemill_log.segment_flags. */
/* is being written, the last one; REMOVE on it and all before it asks to close it first */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_SEGMENT_ACTIVE, 1u << 0);
/* a copy is in remote storage */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_SEGMENT_TIERED, 1u << 1);

/* Votes. REMOVE: the records go, everywhere. REMOVE_LOCAL: the local copy of a tiered segment goes;
 * means KEEP where it is not tiered. */
TIDEMILL_CONSTANT(uint8_t, TIDEMILL_KEEP, 0);
TIDEMILL_CONSTANT(uint8_t, TIDEMILL_REMOVE, 1);
TIDEMILL_CONSTANT(uint8_t, TIDEMILL_REMOVE_LOCAL, 2);

/* One log, that is, one partition's replica on this broker. -1 stands for unknown or unlimited.
 */
typedef struct tidemill_log {
  uint32_t struct_size;
  /* Which facts of the `needs` mask are there. */
  uint32_t facts;
  const tidemill_topic* topic;
  int32_t partition;
  /* Length of the segment columns. */
  uint32_t segment_count;
  int64_t now_ms;
  /* The first offset that readers see; DeleteRecords moves it. */
  int64_t log_start_offset;
  int64_t last_stable_offset;
  int64_t high_watermark;
  int64_t log_end_offset;
  /* Bytes of all segments. */
  int64_t size_bytes;

  /* The topic's settings of these names, defaults applied; local.* are resolved, never -2. */
  int64_t retention_ms;
  int64_t retention_bytes;
  int64_t local_retention_ms;
  int64_t local_retention_bytes;
  int64_t delete_retention_ms;

  /* The file system that the log lies on. */
  int64_t disk_free_bytes;
  int64_t disk_total_bytes;

  /* Segments, oldest first. */
  const int64_t* base_offsets;
  /* The offset after the segment's last record. */
  const int64_t* end_offsets;
  const int64_t* sizes_bytes;
  /* Latest timestamp of its records, or of its last write when they bear none. */
  const int64_t* newest_timestamps_ms;
  const int64_t* first_timestamps_ms;
  const uint32_t* segment_flags;

  /* Consumer groups that have committed an offset in this partition. */
  const tidemill_bytes* group_ids;
  const int64_t* group_offsets;
  uint32_t group_count;
  uint32_t reserved;
  /* When each of them committed, by the broker's clock, and how many members it has at present,
   * whatever they read: 0 when everybody has left. */
  const int64_t* group_commit_times_ms;
  const uint32_t* group_member_counts;
} tidemill_log;

typedef struct tidemill_retention {
  uint32_t struct_size;
  /* TIDEMILL_DETERMINISTIC, TIDEMILL_MAY_BLOCK. */
  uint32_t flags;
  /* TIDEMILL_FACT_*. */
  uint32_t needs;
  uint32_t reserved;

  /* Votes on every segment of one log.
   * @thread shard
   * @blocks no
   * @owns `log` is borrowed for the call; `votes` is the caller's, with segment_count entries that
   * are TIDEMILL_KEEP before the call; `error` is the caller's
   * @errors any failure: nothing is removed, and it is counted */
  tidemill_status (*vote)(tidemill_shard* shard, const tidemill_log* log, uint8_t* votes,
                          tidemill_error* error);
} tidemill_retention;

TIDEMILL_END_C
#endif
