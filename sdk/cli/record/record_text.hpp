#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "terminal/output.hpp"

/// Records as text, both ways. Pure.
namespace tidemill::cli {

/// A record as it is read, borrowed; or as it is to be written.
struct record_view {
  std::string_view topic;
  std::int32_t partition = -1;
  std::int64_t offset = -1;
  /// -1: none.
  std::int64_t timestamp_ms = -1;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::vector<std::pair<std::string_view, std::optional<std::string_view>>> headers;
};

struct new_record {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  /// -1: by the key.
  std::int32_t partition = -1;
  /// -1: now.
  std::int64_t timestamp_ms = -1;
};

/// How a record is printed: what stands between '%' words is copied, \n, \t, \0 and \\ are
/// understood. %t topic, %p partition, %o offset, %T timestamp in ms, %D timestamp as a date, %k
/// key, %v value, %h headers, %K and %V their sizes (-1 for null), %% a percent sign.
class record_format {
 public:
  /// A problem names the word that is not known.
  [[nodiscard]] static outcome<record_format> parse(std::string_view text);
  void append(const record_view& record, std::string& to) const;

 private:
  struct piece {
    /// 0: the text is copied.
    char word = 0;
    std::string text;
  };
  std::vector<piece> pieces_;
};

/// One object: topic, partition, offset, timestamp, key, value, headers (pairs: names may repeat).
/// Bytes that are no UTF-8 come as {"base64": "..."}.
[[nodiscard]] boost::json::object json_of(const record_view& record);

/// The same back: key, value, headers (an object, or pairs), partition, timestamp; a value that is
/// neither text, null nor {"base64": ...} is taken as the JSON text it is. A problem says what was
/// found.
[[nodiscard]] outcome<new_record> record_of_json(std::string_view line);
/// "key<separator>value"; without separator, and where it is missing, the whole line is the value.
[[nodiscard]] new_record record_of_line(std::string_view line, std::string_view separator);

/// "\t" as people write it on a command line, understood.
[[nodiscard]] std::string unescaped(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;
[[nodiscard]] std::string base64_of(std::string_view bytes);
/// nullopt for what is no base64.
[[nodiscard]] std::optional<std::string> bytes_of_base64(std::string_view text);

}  // namespace tidemill::cli
