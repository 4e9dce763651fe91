#pragma once

#include <lua.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "decisions.hpp"
#include "json_field.hpp"
#include "tidemill/batch.h"
#include "tidemill/retention.h"

namespace tidemill::rules {

/// What the objects that a rule is handed read from: the record, log or segment of the moment. The
/// host data of an interpreter. Pointers are set for a call and nullptr outside, so that an object
/// which a rule has kept has nothing to show.
struct rule_slot {
  const tidemill_batch* batch = nullptr;
  std::uint32_t record = 0;
  /// Columns that the rule has said it needs: what it did not name, it does not see, whoever else
  /// may have asked for it.
  std::uint32_t columns = 0;

  const tidemill_log* log = nullptr;
  std::uint32_t segment = 0;

  rejection_reason reason;
  json_reader json;
  /// The record that `json` has open; more than any index: none.
  std::uint64_t json_record = ~std::uint64_t{0};

  /// The script is being loaded: re, tidemill.state and the kinds of rule are there for that time.
  bool is_loading = false;
  std::size_t states = 0;

  [[nodiscard]] static rule_slot& of(lua_State* state) noexcept;
};

/// Makes the objects rec, topic, log and segment, once for a state, and leaves each in the registry
/// under the address of its tag. Raises.
void make_record_objects(lua_State* state);
void make_log_objects(lua_State* state);
inline constexpr char record_tag = 0;
inline constexpr char topic_tag = 0;
inline constexpr char log_tag = 0;
inline constexpr char segment_tag = 0;
/// Of the batch that is to be judged; before the rule is asked about it. Raises.
void show_topic(lua_State* state, const tidemill_topic& topic);
/// An object without content, whose fields the function or table on top of the stack gives, and
/// nobody can set. Takes it.
void make_object(lua_State* state, const char* name, const char* tag);
void push_object(lua_State* state, const char* tag);

}  // namespace tidemill::rules
