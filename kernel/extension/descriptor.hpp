#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extension/config_values.hpp"
#include "extension/kind.hpp"
#include "extension/problem.hpp"
#include "tidemill/codec.h"
#include "tidemill/partitioner.h"
#include "tidemill/plugin.h"
#include "tidemill/retention.h"
#include "tidemill/transform.h"

namespace tidemill::extension {

/// What a plugin says of itself, checked and copied, and the tables of the kinds that are known
/// here. `raw` and the tables are the plugin's constants, which stay while the process lives.
struct descriptor {
  std::string name;
  std::string version;
  std::string licence;
  std::string summary;
  /// All that it offers, known here or not: "tidemill.codec/1".
  std::vector<std::string> kinds;
  std::vector<config_key> keys;

  const tidemill_plugin* raw = nullptr;
  const tidemill_partitioner* partitioner = nullptr;
  const tidemill_transform* transform = nullptr;
  const tidemill_retention* retention = nullptr;
  const tidemill_codec* codec = nullptr;

  [[nodiscard]] bool offers(kind which) const noexcept;
};

/// Checks everything that can be told without calling the plugin: magic, sizes, major, names,
/// texts, kinds, required functions, configuration keys, bits that are not known. `raw` is what the
/// symbol tidemill_plugin_v1 points to.
[[nodiscard]] outcome<descriptor> read_descriptor(const tidemill_plugin* raw);

}  // namespace tidemill::extension
