#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "tidemill/abi.h"

namespace tidemill::rules {

/// What stands at one place of a JSON text. Views are good until the reader's next text.
struct json_field {
  enum class type : std::uint8_t {
    missing,  ///< there is no such place, or the text is no JSON on the way there
    null,
    boolean,
    integer,
    number,
    string,  ///< unescaped
    array,   ///< as it stands in the text
    object   ///< as it stands in the text
  };
  type is = type::missing;
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;
  std::string_view text;
};

/// Finds single fields in JSON texts without building anything of them (simdjson, On-Demand). Keeps
/// its buffers from text to text. One thread.
class json_reader {
 public:
  json_reader();
  ~json_reader();
  json_reader(const json_reader&) = delete;
  json_reader& operator=(const json_reader&) = delete;

  /// Takes a copy of the text.
  void open(tidemill_bytes text) noexcept;
  /// By JSON pointer (RFC 6901): "/a/0/b", "" for the whole. Only what stands before and in the
  /// field is checked to be JSON.
  [[nodiscard]] json_field at(std::string_view pointer) noexcept;
  /// Whether all of it is JSON.
  [[nodiscard]] bool is_valid() noexcept;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace tidemill::rules
