#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace tidemill::testkit {

/// What a real client answers for one key: a line of the key in hexadecimal ("." for the empty key,
/// "-" for null) and a "count:partition" for each number of partitions, "count:random" where it
/// draws.
struct golden_row {
  std::optional<std::string> key;
  /// Number of partitions, and which of them; nullopt where the client draws at random.
  std::vector<std::pair<std::int32_t, std::optional<std::int32_t>>> answers;
};

[[nodiscard]] inline std::optional<std::string> golden_key(const std::string& text) {
  if (text == "-") {
    return std::nullopt;
  }
  std::string key;
  for (std::size_t at = 0; text != "." && at + 1 < text.size(); at += 2) {
    key.push_back(static_cast<char>(std::stoi(text.substr(at, 2), nullptr, 16)));
  }
  return key;
}

[[nodiscard]] inline std::vector<golden_row> golden_rows(const std::string& path) {
  std::ifstream file(path);
  std::vector<golden_row> rows;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    golden_row row;
    std::string field;
    fields >> field;
    row.key = golden_key(field);
    while (fields >> field) {
      const std::size_t colon = field.find(':');
      const std::string answer = field.substr(colon + 1);
      row.answers.emplace_back(
          std::stoi(field), answer == "random" ? std::nullopt : std::optional(std::stoi(answer)));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace tidemill::testkit
