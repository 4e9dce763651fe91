#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tidemill/conformance/suite.hpp"
#include "tidemill/values.hpp"

namespace tidemill::conformance {

/// One number: "choose, batches of 100, keys of 16 bytes", 3.2, "ns per record".
struct measurement {
  std::string what;
  double value = 0;
  std::string unit;
};

/// Measures every kind of a plugin: the quickest of many rounds, in this process. A codec works on
/// `codec_bytes` bytes of text that compresses to about a third. INTERNAL where a call fails.
[[nodiscard]] sdk::result<std::vector<measurement>> bench(const run_options& options,
                                                          std::size_t codec_bytes);

}  // namespace tidemill::conformance
