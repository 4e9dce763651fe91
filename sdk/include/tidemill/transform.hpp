#pragma once

#include <cstdint>
#include <string_view>

#include "tidemill/batch.hpp"
#include "tidemill/life.hpp"
#include "tidemill/transform.h"

namespace tidemill::sdk {

/// Takes the records that do not pass.
class rejections {
 public:
  explicit rejections(const tidemill_rejections* raw) noexcept : raw_(raw) {}
  void reject(std::uint32_t record_index, std::string_view reason) const noexcept {
    raw_->reject(raw_, record_index, raw_bytes(reason));
  }

 private:
  const tidemill_rejections* raw_;
};

/// A class is a transform if it, or its `shard`, has one of
///   validate(const record&) -> std::string_view, the reason to reject it, empty to let it pass
///   validate(const batch&, const rejections&) -> void or outcome
/// It reads all columns unless it says `static constexpr std::uint32_t needs = TIDEMILL_...`.
template <class Target>
concept validates_records = requires(Target& target, const record& one) {
  { target.validate(one) } -> std::convertible_to<std::string_view>;
};
template <class Target>
concept validates_batches = requires(Target& target, const batch& all, const rejections& refused) {
  target.validate(all, refused);
};
template <class Plugin>
concept transform = validates_records<called_t<Plugin>> || validates_batches<called_t<Plugin>>;

template <transform Plugin>
struct transform_table {
  static tidemill_status validate(tidemill_shard* shard, const tidemill_batch* raw,
                                  const tidemill_rejections* into, tidemill_error* why) noexcept {
    return guarded(why, [&] {
      auto& rule = target<Plugin>(shard);
      const batch records(raw);
      const rejections refused(into);
      if constexpr (validates_batches<called_t<Plugin>>) {
        return rule.validate(records, refused);
      } else {
        for (std::uint32_t i = 0; i < records.size(); ++i) {
          if (const std::string_view reason = rule.validate(records[i]); !reason.empty()) {
            refused.reject(i, reason);
          }
        }
      }
    });
  }

  static constexpr tidemill_transform value = {
      .struct_size = sizeof(tidemill_transform),
      .flags = flags_of<Plugin>(true),
      .needs = needs_of<Plugin>(TIDEMILL_KEYS | TIDEMILL_VALUES | TIDEMILL_HEADERS |
                                TIDEMILL_TIMESTAMPS),
      .reserved = 0,
      .validate = validate,
      .instance_needs = instance_needs_of<Plugin>(),
  };
};

}  // namespace tidemill::sdk
