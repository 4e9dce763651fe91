#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/plugins/golden.hpp"
#include "tidemill/partitioner.h"
#include "tidemill/testkit/instance.hpp"
#include "tidemill/testkit/records.hpp"

namespace tidemill::plugins {

/// A partitioner under test, asked through its table.
class partitioner {
 public:
  explicit partitioner(const std::string& path, const testkit::settings& given = {})
      : file_(path),
        table_(file_.kind<tidemill_partitioner>(TIDEMILL_PARTITIONER)),
        instance_(file_, given) {}

  [[nodiscard]] std::vector<std::int32_t> choose(testkit::records& records) {
    std::vector<std::int32_t> partitions(records.size(), TIDEMILL_PARTITION_ANY);
    testkit::error_slot why;
    const auto status =
        table_.choose(instance_.shard(), records.view(table_.needs), partitions.data(), why.raw());
    EXPECT_EQ(status, TIDEMILL_OK) << why.message();
    return partitions;
  }
  [[nodiscard]] std::int32_t choose(const std::optional<std::string>& key,
                                    std::int32_t partitions) {
    testkit::records one(partitions);
    one.add_keys({key});
    return choose(one)[0];
  }
  [[nodiscard]] const tidemill_partitioner& table() const noexcept { return table_; }
  [[nodiscard]] testkit::instance& instance() noexcept { return instance_; }

 private:
  testkit::plugin_file file_;
  const tidemill_partitioner& table_;
  testkit::instance instance_;
};

/// Compares with what a real client answers; how many answers were compared.
inline std::size_t expect_golden(partitioner& under_test, const std::string& file) {
  std::size_t compared = 0;
  for (const golden_row& row : golden_rows(file)) {
    for (const auto& [count, expected] : row.answers) {
      ++compared;
      EXPECT_EQ(under_test.choose(row.key, count), expected.value_or(TIDEMILL_PARTITION_ANY))
          << "key of " << row.key.value_or("").size() << " bytes, " << count << " partitions";
    }
  }
  return compared;
}

}  // namespace tidemill::plugins
