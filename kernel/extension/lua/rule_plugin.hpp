#pragma once

#include "tidemill/plugin.h"
#include "tidemill/rules/rule.hpp"

namespace tidemill::extension::lua {

/// The interpreter as a plugin that lies in the program: one for each kind of rule, all of them
/// named "lua". An instance of it is a rule, whose text stands in its configuration ("source", and
/// "file" for messages). So rules have the places on shards, breakers, figures and reports that
/// native plugins have, and the adapters at the kernel's seams do not know the two apart.
///
/// Beside the figures of every plugin a rule counts tidemill_extension_timeouts_total and shows
/// tidemill_extension_memory_bytes of the shard that was asked last.
[[nodiscard]] const tidemill_plugin& rule_plugin(rules::rule_kind which) noexcept;

}  // namespace tidemill::extension::lua
