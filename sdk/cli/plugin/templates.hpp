#pragma once

#include <span>
#include <string_view>

namespace tidemill::cli {

/// A file of sdk/template/: "cpp/partitioner/my_plugin.cpp" (a language and a kind),
/// "cpp/CMakeLists.txt" (all kinds), "any/partitioner/README.md" (all languages). The word
/// my_plugin stands for the plugin's name, in paths too.
struct template_file {
  std::string_view path;
  std::string_view text;
};

[[nodiscard]] std::span<const template_file> template_files();

}  // namespace tidemill::cli
