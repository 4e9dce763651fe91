#include "dump/row.hpp"

#include <algorithm>
#include <utility>

namespace tidemill::dump {

void row_writer::write(boost::json::object row) {
  row["file"] = file_;
  sink_(std::move(row));
}

void row_writer::problem(std::uint64_t position, const std::string& found,
                         const std::string& expected) {
  ++problems_;
  write({{"kind", "problem"}, {"position", position}, {"found", found}, {"expected", expected}});
}

boost::json::value value_of(std::optional<bytes_view> bytes) {
  if (!bytes) {
    return nullptr;
  }
  constexpr auto first_printable = std::byte{0x20};
  constexpr auto first_beyond = std::byte{0x7F};
  const bool is_text = std::ranges::all_of(*bytes, [](std::byte one) {
    return (one >= first_printable && one < first_beyond) || one == std::byte{'\n'} ||
           one == std::byte{'\t'};
  });
  if (is_text) {
    return boost::json::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  }
  constexpr std::string_view digits = "0123456789abcdef";
  boost::json::string hex;
  for (const std::byte one : *bytes) {
    hex += digits[std::to_integer<std::size_t>(one >> 4U)];
    hex += digits[std::to_integer<std::size_t>(one & std::byte{0x0F})];
  }
  return boost::json::object{{"hex", std::move(hex)}};
}

}  // namespace tidemill::dump
