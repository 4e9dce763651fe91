/* Compresses and decompresses what follows a batch header.
 *
 * Clients know the codec ids 1 to 4 and no others, so a plugin brings an implementation of one of
 * them. Work goes through streams that the host keeps and reuses:
 *
 *   open -> (start -> step ... step)* -> close
 *
 * so that neither side ever needs memory for more than it has agreed to. A damaged or hostile input
 * costs at most the limits given in start().
 */
#ifndef TIDEMILL_CODEC_H
#define TIDEMILL_CODEC_H

#include "tidemill/abi.h"

TIDEMILL_BEGIN_C

#define TIDEMILL_CODEC "tidemill.codec/1"

/* Kafka's ids. */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_CODEC_GZIP, 1u);
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_CODEC_SNAPPY, 2u);
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_CODEC_LZ4, 3u);
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_CODEC_ZSTD, 4u);

/* What a stream does, for its whole life. */
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_COMPRESS, 1);
TIDEMILL_CONSTANT(uint32_t, TIDEMILL_DECOMPRESS, 2);

/* Stands for the codec's own level. */
#define TIDEMILL_LEVEL_DEFAULT INT32_MIN

/* Flag of step(): the input ends with what is handed in. */
#define TIDEMILL_STEP_FINISH 1u

/* Opaque: a stream of the plugin. */
typedef struct tidemill_stream tidemill_stream;

/* How one batch is to be treated. */
typedef struct tidemill_stream_options {
  uint32_t struct_size;
  /* Compressing: level_min to level_max, or TIDEMILL_LEVEL_DEFAULT. */
  int32_t level;
  /* Decompressing: the most that may come out, in bytes, and as a multiple of what went in. The
   * stream fails with TIDEMILL_TOO_LARGE before it passes either, and keeps its own memory within
   * output_bytes_max plus a few blocks of its format. 0: no bound. */
  uint64_t output_bytes_max;
  uint32_t output_ratio_max;
  uint32_t reserved;
  /* Size of the whole input where it is known, else 0. A hint. */
  uint64_t input_bytes;
} tidemill_stream_options;

typedef struct tidemill_codec {
  uint32_t struct_size;
  uint32_t flags;
  /* TIDEMILL_CODEC_*. */
  uint32_t wire_id;
  /* Levels that mean something, as Kafka numbers them for this codec; all 0 where there are none.
   */
  int32_t level_min;
  int32_t level_max;
  int32_t level_default;
  /* The topic setting compression.type names it like this: "gzip". */
  const char* name;

  /* Makes a stream that compresses or decompresses, one batch after another.
   * @thread shard
   * @blocks no
   * @owns `*stream` is the plugin's, and is handed back to close() before the shard state is
   * closed; `error` is the caller's
   * @errors UNSUPPORTED for a direction that is not offered, NO_MEMORY */
  tidemill_status (*open)(tidemill_shard* shard, uint32_t direction, tidemill_stream** stream,
                          tidemill_error* error);

  /* Begins a batch, whatever became of the last one.
   * @thread shard
   * @blocks no
   * @owns `options` is borrowed for the call, `error` is the caller's
   * @errors INVALID for a level out of range, NO_MEMORY */
  tidemill_status (*start)(tidemill_stream* stream, const tidemill_stream_options* options,
                           tidemill_error* error);

  /* Takes from the front of `input` (advancing its data, lowering its size) and adds to `output`.
   * Goes on until the input is used up, the output is full or the batch is complete. With
   * TIDEMILL_STEP_FINISH in `flags` nothing follows `input`; the flag stays set in later steps of
   * the batch. Handing in the whole input with the flag and enough room makes one step of it.
   * @thread shard
   * @blocks no
   * @owns the bytes of `input` are borrowed until the next call on the stream, all else for this
   * call; `output` and `error` are the caller's
   * @errors OK: not complete, call again with more input or more room. DONE: complete, all of the
   *         output delivered; bytes that are left in `input` do not belong to the batch. CORRUPT,
   *         which includes an end of input in the middle. TOO_LARGE. NO_MEMORY. After a failure
   * only start() and close() follow */
  tidemill_status (*step)(tidemill_stream* stream, tidemill_bytes* input, tidemill_buffer* output,
                          uint32_t flags, tidemill_error* error);

  /* Ends a stream, in the middle of a batch too.
   * @thread shard
   * @blocks no
   * @owns takes `stream` back
   * @errors none */
  void (*close)(tidemill_stream* stream);

  /* With this much room `input_bytes` bytes are compressed in one step, at any level.
   * @thread any
   * @blocks no
   * @owns nothing
   * @errors none */
  uint64_t (*compressed_bytes_max)(uint64_t input_bytes);
} tidemill_codec;

TIDEMILL_END_C
#endif
