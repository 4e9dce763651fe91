#pragma once

#include <fstream>
#include <iterator>
#include <string>

namespace tidemill::inspection {

/// A fixture as built: "rows" or "packed", by how its pointers are relocated.
inline std::string fixture_path(const std::string& form) {
  return TIDEMILL_FIXTURE_DIRECTORY "/inspection_" + form + ".so";
}

inline std::string fixture_bytes(const std::string& form = "rows") {
  std::ifstream file(fixture_path(form), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace tidemill::inspection
