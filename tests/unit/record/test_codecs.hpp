#pragma once

#include "record/codec.hpp"

namespace tidemill::record::testing {

/// Codecs for all four compressions, straight from their libraries, good enough to read what Kafka
/// wrote and to write what a client might.
[[nodiscard]] const codec_set& library_codecs();

}  // namespace tidemill::record::testing
