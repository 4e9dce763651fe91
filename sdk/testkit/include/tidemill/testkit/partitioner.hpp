#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tidemill/partitioner.h"
#include "tidemill/testkit/golden.hpp"
#include "tidemill/testkit/instance.hpp"
#include "tidemill/testkit/records.hpp"

namespace tidemill::testkit {

/// A partitioner under test, asked through its table. A call that fails throws its message.
class partitioner {
 public:
  explicit partitioner(const std::string& path, const settings& given = {})
      : file_(path),
        table_(file_.kind<tidemill_partitioner>(TIDEMILL_PARTITIONER)),
        instance_(file_, given) {}

  [[nodiscard]] std::vector<std::int32_t> choose(records& batch) {
    std::vector<std::int32_t> partitions(batch.size(), TIDEMILL_PARTITION_ANY);
    error_slot why;
    if (table_.choose(instance_.shard(), batch.view(table_.needs), partitions.data(), why.raw()) !=
        TIDEMILL_OK) {
      throw std::runtime_error(why.message());
    }
    return partitions;
  }
  [[nodiscard]] std::int32_t choose(const std::optional<std::string>& key,
                                    std::int32_t partition_count) {
    records one(partition_count);
    one.add_keys({key});
    return choose(one)[0];
  }

  /// Compares with a file of what a real client answers (golden.hpp): each difference in words, and
  /// how many answers were compared.
  struct comparison {
    std::size_t answers = 0;
    std::vector<std::string> differences;
  };
  [[nodiscard]] comparison compare(const std::string& golden_path) {
    comparison made;
    for (const golden_row& row : golden_rows(golden_path)) {
      for (const auto& [count, expected] : row.answers) {
        ++made.answers;
        const std::int32_t chosen = choose(row.key, count);
        if (chosen != expected.value_or(TIDEMILL_PARTITION_ANY)) {
          made.differences.push_back("key of " + std::to_string(row.key.value_or("").size()) +
                                     " bytes, " + std::to_string(count) +
                                     " partitions: " + std::to_string(chosen) + ", not " +
                                     std::to_string(expected.value_or(TIDEMILL_PARTITION_ANY)));
        }
      }
    }
    return made;
  }

  [[nodiscard]] const tidemill_partitioner& table() const noexcept { return table_; }

 private:
  plugin_file file_;
  const tidemill_partitioner& table_;
  instance instance_;
};

}  // namespace tidemill::testkit
