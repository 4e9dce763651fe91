#pragma once

#include <string>
#include <vector>

namespace tidemill::cli {

/// A table for people: a heading, rows, columns as wide as their widest cell.
class table {
 public:
  enum class align { left, right };
  struct column {
    std::string name;
    align side = align::left;
  };

  explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}

  /// One cell for each column, or it is a programming error.
  void add(std::vector<std::string> cells);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// Lines without blanks at their ends; the heading in bold where colours are shown.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// How many columns of a terminal an UTF-8 text takes, counting each code point once.
[[nodiscard]] std::size_t width_of(const std::string& text) noexcept;

}  // namespace tidemill::cli
