#include "terminal/table.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "terminal/style.hpp"

namespace tidemill::cli {
namespace {

constexpr const char* between_columns = "  ";

}  // namespace

std::size_t width_of(const std::string& text) noexcept {
  constexpr unsigned char mask = 0xC0;
  constexpr unsigned char continuation = 0x80;
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char one) { return (static_cast<unsigned char>(one) & mask) != continuation; }));
}

void table::add(std::vector<std::string> cells) {
  assert(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

std::string table::text() const {
  std::vector<std::size_t> widths;
  for (std::size_t at = 0; at < columns_.size(); ++at) {
    std::size_t widest = width_of(columns_[at].name);
    for (const auto& row : rows_) {
      widest = std::max(widest, width_of(row[at]));
    }
    widths.push_back(widest);
  }
  const auto line = [&](const auto& cell_at) {
    std::string all;
    for (std::size_t at = 0; at < columns_.size(); ++at) {
      const std::string& cell = cell_at(at);
      const std::string blanks(widths[at] - width_of(cell), ' ');
      all += at == 0 ? "" : between_columns;
      all += columns_[at].side == align::right ? blanks + cell : cell + blanks;
    }
    all.erase(all.find_last_not_of(' ') + 1);
    return all;
  };
  std::string text =
      shaded(line([&](std::size_t at) -> const std::string& { return columns_[at].name; }),
             shade::heading);
  text += "\n";
  for (const auto& row : rows_) {
    text += line([&](std::size_t at) -> const std::string& { return row[at]; }) + "\n";
  }
  return text;
}

}  // namespace tidemill::cli
