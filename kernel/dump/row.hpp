#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "dump/dump.hpp"

namespace tidemill::dump {

/// Gives rows of one file to the sink, and counts problems.
class row_writer {
 public:
  row_writer(std::string file, const row_sink& sink) : file_(std::move(file)), sink_(sink) {}

  /// `row` begins with its kind.
  void write(boost::json::object row);
  void problem(std::uint64_t position, const std::string& found, const std::string& expected);
  [[nodiscard]] std::size_t problem_count() const noexcept { return problems_; }

 private:
  std::string file_;
  const row_sink& sink_;
  std::size_t problems_ = 0;
};

/// Text as it is, other bytes as {"hex": "..."}, nullopt as null.
[[nodiscard]] boost::json::value value_of(std::optional<bytes_view> bytes);

}  // namespace tidemill::dump
