#pragma once

#include <cstddef>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemill::api {

/// What a request names again. Kafka answers each time, however much there is to tell: a few bytes
/// named a hundred thousand times make an answer of gigabytes. Here only so many repeats are
/// answered; clients never ask twice.
class repeated_names {
 public:
  static constexpr std::size_t repeats_max = 10;

  /// False for what is to be left out. `kind` tells apart what may bear the same name.
  [[nodiscard]] bool admits(std::string_view name, int kind = 0) {
    return seen_.emplace(name, kind).second || ++repeats_ <= repeats_max;
  }

 private:
  std::set<std::pair<std::string_view, int>> seen_;
  std::size_t repeats_ = 0;
};

/// Leaves out rows that are repeats too many; `name_of` gives the name of a row.
template <class Row, class Name>
void leave_out_repeats(std::vector<Row>& rows, Name&& name_of) {
  repeated_names names;
  std::erase_if(rows, [&](const Row& row) { return !names.admits(name_of(row)); });
}

}  // namespace tidemill::api
