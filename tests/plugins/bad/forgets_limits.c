#include <string.h>

#include "good.h"
#include "tidemill/codec.h"

static tidemill_status open(tidemill_shard* shard, uint32_t direction, tidemill_stream** stream,
                            tidemill_error* error) {
  (void)shard;
  (void)direction;
  (void)error;
  *stream = NULL;
  return TIDEMILL_OK;
}
/* Where it should note the limits. */
static tidemill_status start(tidemill_stream* stream, const tidemill_stream_options* options,
                             tidemill_error* error) {
  (void)stream;
  (void)options;
  (void)error;
  return TIDEMILL_OK;
}
/* A codec that stores. */
static tidemill_status step(tidemill_stream* stream, tidemill_bytes* input, tidemill_buffer* output,
                            uint32_t flags, tidemill_error* error) {
  (void)stream;
  (void)error;
  const size_t room = output->capacity - output->size;
  const size_t size = room < input->size ? room : input->size;
  if (size > 0) {
    memcpy(output->data + output->size, input->data, size);
  }
  output->size += size;
  input->data += size;
  input->size -= size;
  return (flags & TIDEMILL_STEP_FINISH) != 0 && input->size == 0 ? TIDEMILL_DONE : TIDEMILL_OK;
}
static void close(tidemill_stream* stream) {
  (void)stream;
}
static uint64_t compressed_bytes_max(uint64_t input_bytes) {
  return input_bytes;
}

static const tidemill_codec codec = {.struct_size = sizeof codec,
                                     .wire_id = TIDEMILL_CODEC_SNAPPY,
                                     .name = "stored",
                                     .open = open,
                                     .start = start,
                                     .step = step,
                                     .close = close,
                                     .compressed_bytes_max = compressed_bytes_max};
static const tidemill_kind kinds[] = {{TIDEMILL_CODEC, &codec}};
const tidemill_plugin tidemill_plugin_v1 = {GOOD_HEAD("forgets_limits"),
                                            TIDEMILL_PLUGIN_KINDS(kinds)};
