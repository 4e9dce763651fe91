#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tidemill/codec.h>
#include <tidemill/plugin.h>

/* Runs of equal bytes, each as its length (1 to 255) and the byte; a length of 0 ends the batch.
 * Clients know four formats and no others: put a real one here, under its id. */
struct tidemill_stream {
  uint32_t direction;
  /* The run in work, and its byte. */
  unsigned run;
  uint8_t byte;
  /* Compressing: the length is out, the byte is not. Decompressing: the length is in. */
  bool half;
  bool ended;
  uint8_t length;
  /* Of start(). */
  uint64_t output_bytes_max;
  uint32_t output_ratio_max;
  uint64_t taken;
  uint64_t given;
};

static void say(tidemill_error* error, const char* sentence) {
  error->message_size = (uint32_t)snprintf(error->message, sizeof error->message, "%s", sentence);
}

static tidemill_status open(tidemill_shard* shard, uint32_t direction, tidemill_stream** stream,
                            tidemill_error* error) {
  (void)shard;
  if (direction != TIDEMILL_COMPRESS && direction != TIDEMILL_DECOMPRESS) {
    say(error, "neither compress nor decompress");
    return TIDEMILL_UNSUPPORTED;
  }
  *stream = calloc(1, sizeof **stream);
  if (*stream == NULL) {
    return TIDEMILL_NO_MEMORY;
  }
  (*stream)->direction = direction;
  return TIDEMILL_OK;
}

static tidemill_status start(tidemill_stream* stream, const tidemill_stream_options* options,
                             tidemill_error* error) {
  const uint32_t direction = stream->direction;
  if (direction == TIDEMILL_COMPRESS && options->level != TIDEMILL_LEVEL_DEFAULT &&
      options->level != 0) {
    say(error, "the compression level is out of range");
    return TIDEMILL_INVALID;
  }
  memset(stream, 0, sizeof *stream);
  stream->direction = direction;
  stream->output_bytes_max = options->output_bytes_max;
  stream->output_ratio_max = options->output_ratio_max;
  return TIDEMILL_OK;
}

static uint8_t take(tidemill_stream* stream, tidemill_bytes* input) {
  const uint8_t next = *input->data++;
  --input->size;
  ++stream->taken;
  return next;
}

/* False where there is no room. */
static bool give(tidemill_stream* stream, tidemill_buffer* output, uint8_t byte) {
  if (output->size == output->capacity) {
    return false;
  }
  output->data[output->size++] = byte;
  ++stream->given;
  return true;
}

/* False where there is no room for a pair; half of one may be out already. */
static bool give_run(tidemill_stream* stream, tidemill_buffer* output) {
  if (!stream->half) {
    stream->half = give(stream, output, (uint8_t)stream->run);
  }
  if (!stream->half || !give(stream, output, stream->byte)) {
    return false;
  }
  stream->half = false;
  stream->run = 0;
  return true;
}

static tidemill_status compress(tidemill_stream* stream, tidemill_bytes* input,
                                tidemill_buffer* output, bool is_last) {
  while (input->size > 0 && !stream->ended) {
    const uint8_t next = input->data[0];
    const bool is_full = stream->run == 255 || (stream->run > 0 && next != stream->byte);
    if (is_full && !give_run(stream, output)) {
      return TIDEMILL_OK;
    }
    stream->byte = take(stream, input);
    ++stream->run;
  }
  if (stream->ended) {
    return TIDEMILL_DONE;
  }
  if (!is_last || (stream->run > 0 && !give_run(stream, output)) || !give(stream, output, 0)) {
    return TIDEMILL_OK;
  }
  stream->ended = true;
  return TIDEMILL_DONE;
}

/* Whether `more` bytes of output would pass what start() has allowed, with `in_sight` bytes of
 * input still to take. */
static bool is_too_large(const tidemill_stream* stream, uint64_t more, size_t in_sight) {
  const uint64_t made = stream->given + more;
  const uint64_t ratio = stream->output_ratio_max;
  return (stream->output_bytes_max != 0 && made > stream->output_bytes_max) ||
         (ratio != 0 && (made + ratio - 1) / ratio > stream->taken + in_sight);
}

static tidemill_status decompress(tidemill_stream* stream, tidemill_bytes* input,
                                  tidemill_buffer* output, bool is_last, tidemill_error* error) {
  while (!stream->ended) {
    for (; stream->run > 0 && give(stream, output, stream->byte); --stream->run) {
    }
    if (stream->run > 0) {
      return TIDEMILL_OK;
    }
    if (input->size == 0) {
      if (is_last) {
        say(error, "the batch is cut");
      }
      return is_last ? TIDEMILL_CORRUPT : TIDEMILL_OK;
    }
    const uint8_t next = take(stream, input);
    if (!stream->half) {
      stream->length = next;
      stream->ended = next == 0;
    } else if (is_too_large(stream, stream->length, input->size)) {
      say(error, "the batch is larger than it may be when decompressed");
      return TIDEMILL_TOO_LARGE;
    } else {
      stream->byte = next;
      stream->run = stream->length;
    }
    stream->half = !stream->half;
  }
  return TIDEMILL_DONE;
}

static tidemill_status step(tidemill_stream* stream, tidemill_bytes* input, tidemill_buffer* output,
                            uint32_t flags, tidemill_error* error) {
  const bool is_last = (flags & TIDEMILL_STEP_FINISH) != 0;
  return stream->direction == TIDEMILL_COMPRESS ? compress(stream, input, output, is_last)
                                                : decompress(stream, input, output, is_last, error);
}

static void close(tidemill_stream* stream) {
  free(stream);
}

static uint64_t compressed_bytes_max(uint64_t input_bytes) {
  return 2 * input_bytes + 3;
}

static const tidemill_codec codec = {
    .struct_size = sizeof codec,
    .wire_id = TIDEMILL_CODEC_SNAPPY,
    .name = "my_plugin",
    .open = open,
    .start = start,
    .step = step,
    .close = close,
    .compressed_bytes_max = compressed_bytes_max,
};
static const tidemill_kind kinds[] = {{TIDEMILL_CODEC, &codec}};

const tidemill_plugin tidemill_plugin_v1 = {
    TIDEMILL_PLUGIN_HEADER,
    .name = "my_plugin",
    .version = "0.1.0",
    .licence = "Apache-2.0",
    .summary = "Says what it does.",
    TIDEMILL_PLUGIN_KINDS(kinds),
};
