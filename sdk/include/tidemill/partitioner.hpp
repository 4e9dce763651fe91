#pragma once

#include <concepts>
#include <cstdint>
#include <span>

#include "tidemill/batch.hpp"
#include "tidemill/life.hpp"
#include "tidemill/partitioner.h"

namespace tidemill::sdk {

/// A class is a partitioner if it, or its `shard`, has one of
///   choose(const record&, std::int32_t partition_count) -> std::int32_t
///   choose(const batch&, std::span<std::int32_t> partitions) -> void or outcome
/// It reads keys unless it says `static constexpr std::uint32_t needs = TIDEMILL_...`.
template <class Target>
concept chooses_for_records = requires(Target& target, const record& one) {
  { target.choose(one, std::int32_t{1}) } -> std::same_as<std::int32_t>;
};
template <class Target>
concept chooses_for_batches =
    requires(Target& target, const batch& all, std::span<std::int32_t> partitions) {
      target.choose(all, partitions);
    };
template <class Plugin>
concept partitioner =
    chooses_for_records<called_t<Plugin>> || chooses_for_batches<called_t<Plugin>>;

template <partitioner Plugin>
struct partitioner_table {
  static tidemill_status choose(tidemill_shard* shard, const tidemill_batch* raw,
                                std::int32_t* partitions, tidemill_error* why) noexcept {
    return guarded(why, [&] {
      auto& chooser = target<Plugin>(shard);
      const batch records(raw);
      if constexpr (chooses_for_batches<called_t<Plugin>>) {
        return chooser.choose(records, std::span(partitions, records.size()));
      } else {
        const std::int32_t count = records.partition_count();
        for (std::uint32_t i = 0; i < records.size(); ++i) {
          partitions[i] = chooser.choose(records[i], count);
        }
      }
    });
  }

  static constexpr tidemill_partitioner value = {
      .struct_size = sizeof(tidemill_partitioner),
      .flags = flags_of<Plugin>(true),
      .needs = needs_of<Plugin>(TIDEMILL_KEYS),
      .reserved = 0,
      .choose = choose,
      .instance_needs = instance_needs_of<Plugin>(),
  };
};

}  // namespace tidemill::sdk
