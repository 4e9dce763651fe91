// Any bytes as a plugin's file: no crash, no read outside of it, memory in proportion to its size.
#include <cstddef>
#include <cstdint>
#include <string>

#include "tidemill/inspection/description.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file =
      tidemill::inspection::elf_file::parse(std::string(reinterpret_cast<const char*>(data), size));
  if (!file) {
    return 0;
  }
  if (const auto plugin = tidemill::inspection::describe(*file)) {
    (void)tidemill::inspection::faults_of(*plugin);
  }
  return 0;
}
