// What the rules of abi.h, plugin.h and the kinds' headers say about constant metadata.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <set>
#include <string_view>

#include "tidemill/authenticator.h"
#include "tidemill/authorizer.h"
#include "tidemill/codec.h"
#include "tidemill/inspection/description.hpp"
#include "tidemill/inspection/rules.hpp"
#include "tidemill/partitioner.h"
#include "tidemill/plugin.h"
#include "tidemill/retention.h"
#include "tidemill/transform.h"

namespace tidemill::inspection {
namespace {

constexpr std::size_t mechanism_bytes_max = 20;
constexpr std::uint32_t hints = 0xffffU;

/// Bits that a host may not ignore but knows, and columns or facts, for each kind.
struct known_bits {
  std::string_view id;
  std::uint32_t flags;
  std::uint32_t needs;
};
constexpr known_bits known_bits_of[] = {
    {TIDEMILL_PARTITIONER, 0, all_columns},
    {TIDEMILL_TRANSFORM, 0, all_columns},
    {TIDEMILL_RETENTION, TIDEMILL_MAY_BLOCK, all_facts},
    {TIDEMILL_CODEC, 0, 0},
    {TIDEMILL_AUTHENTICATOR, TIDEMILL_MAY_BLOCK | TIDEMILL_NEEDS_ENCRYPTION, 0},
    {TIDEMILL_AUTHORIZER, TIDEMILL_MAY_BLOCK, 0},
};

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_mechanism(std::string_view text) {
  return !text.empty() && text.size() <= mechanism_bytes_max &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_';
         });
}

/// "1.2.0", "1.2.0-rc.1+build"
bool is_version(std::string_view text) {
  for (int part = 0; part < 3; ++part) {
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) {
      ++digits;
    }
    if (digits == 0 || (digits > 1 && text.front() == '0')) {
      return false;
    }
    text.remove_prefix(digits);
    if (part < 2) {
      if (text.empty() || text.front() != '.') {
        return false;
      }
      text.remove_prefix(1);
    }
  }
  return text.empty() || ((text.front() == '-' || text.front() == '+') && text.size() > 1 &&
                          std::ranges::all_of(text, [](char c) {
                            return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' ||
                                   c == '.' || c == '+';
                          }));
}

/// One line that can be shown: no control characters.
bool is_line(std::string_view text) {
  return !text.empty() && std::ranges::none_of(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x20U || c == '\x7f';
  });
}

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

/// Collects sentences.
class judge {
 public:
  explicit judge(const description& plugin) : plugin_(plugin) {}

  std::vector<std::string> judged() {
    check_names();
    check_kinds();
    check_keys();
    return std::move(faults_);
  }

 private:
  void expect(bool condition, const std::string& fault) {
    if (!condition) {
      faults_.push_back(fault);
    }
  }

  void check_names() {
    expect(is_name(plugin_.name, "_-"),
           "the name is " + quoted(plugin_.name) + ", expected [a-z][a-z0-9_-]*, at most 64 bytes");
    expect(is_version(plugin_.version), "the version is " + quoted(plugin_.version) +
                                            ", expected a semantic version such as 1.2.0");
    expect(is_line(plugin_.licence), "the licence is " + quoted(plugin_.licence) +
                                         ", expected an SPDX expression such as Apache-2.0");
    expect(is_line(plugin_.summary),
           "the summary is empty or has control characters, expected "
           "one sentence");
    expect((plugin_.flags & ~hints) == 0,
           "flags of the plugin has bits that this host does not know and may not ignore");
    expect(!plugin_.needs_executable_stack,
           "the file makes the stacks of the whole process executable (PT_GNU_STACK), expected not "
           "to; link it with -z noexecstack, and mark parts in assembler with .note.GNU-stack");
    expect(plugin_.host_minor_min <= TIDEMILL_ABI_MINOR,
           "asks for a host of ABI minor " + std::to_string(plugin_.host_minor_min) +
               " at least, this one has " + std::to_string(TIDEMILL_ABI_MINOR));
  }

  void check_kinds() {
    std::set<std::string> seen;
    bool knows_one = false;
    for (const kind& one : plugin_.kinds) {
      knows_one = knows_one || one.is_known;
      // Several mechanisms, or codecs, may stand in one file.
      const std::string key = one.id + '\n' + one.mechanism.value_or("") + '\n' +
                              (one.codec ? std::to_string(one.codec->wire_id) : "");
      expect(seen.insert(key).second, "implements " + one.id + " twice");
      if (one.is_known) {
        check_table(one);
      }
    }
    expect(knows_one,
           "implements no kind that this host knows, expected one such as "
           "tidemill.partitioner/1");
  }

  void check_table(const kind& one) {
    const auto* known = std::ranges::find(known_bits_of, one.id, &known_bits::id);
    expect(
        (one.flags & ~hints & ~known->flags) == 0,
        "flags of " + one.id + " has bits that this host does not know there and may not ignore");
    expect((one.needs & ~known->needs) == 0,
           "needs of " + one.id + " has bits that this host does not know");
    for (const table_function& function : one.functions) {
      expect(function.is_present || function.is_optional,
             function.name + "() of " + one.id + " is NULL, expected a function");
    }
    if (one.codec) {
      const codec_facts& codec = *one.codec;
      expect(codec.wire_id >= TIDEMILL_CODEC_GZIP && codec.wire_id <= TIDEMILL_CODEC_ZSTD,
             "wire_id of the codec is " + std::to_string(codec.wire_id) +
                 ", expected 1 to 4, the ones that clients know");
      expect(is_name(codec.name, "_-"),
             "the name of the codec is " + quoted(codec.name) + ", expected one such as gzip");
      expect(codec.level_min <= codec.level_max,
             "the levels of the codec are " + std::to_string(codec.level_min) + " to " +
                 std::to_string(codec.level_max) + ", expected the lowest first");
    }
    if (one.mechanism) {
      expect(is_mechanism(*one.mechanism), "the mechanism is " + quoted(*one.mechanism) +
                                               ", expected 1 to 20 of A-Z, 0-9, '-' and '_'");
    }
  }

  void check_keys() {
    std::set<std::string> seen;
    for (const config_key& key : plugin_.config_keys) {
      const std::string of = "the configuration key " + quoted(key.name);
      expect(is_name(key.name, "_.-"), of + " is named badly, expected [a-z][a-z0-9_.-]*, at most "
                                            "64 bytes");
      expect(seen.insert(key.name).second, of + " is declared twice");
      expect(key.type >= TIDEMILL_TYPE_TEXT && key.type <= TIDEMILL_TYPE_INTEGER_LIST,
             of + " has type " + std::to_string(key.type) + ", which this host does not know");
      expect((key.flags & ~hints) == 0,
             of + " has flags that this host does not know and may not ignore");
      expect(is_line(key.help), of + " has no help, expected one sentence");
      expect((key.flags & TIDEMILL_KEY_REQUIRED) == 0 || !key.default_value,
             of + " is required and has a default, expected one of the two");
      if (key.default_value) {
        expect(fits_type(*key.default_value, key.type), of + " has the default " +
                                                            quoted(*key.default_value) +
                                                            ", expected " + type_name(key.type));
      }
    }
  }

  const description& plugin_;
  std::vector<std::string> faults_;
};

bool is_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

bool is_amount(std::string_view text, std::initializer_list<std::string_view> units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  return is_integer(text.substr(0, digits)) &&
         (digits == text.size() || std::ranges::find(units, text.substr(digits)) != units.end());
}

bool is_integer_list(std::string_view text) {
  text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view element = text.substr(0, comma);
    element.remove_prefix(std::min(element.find_first_not_of(' '), element.size()));
    element = element.substr(0, element.find_last_not_of(' ') + 1);
    if (!is_integer(element)) {
      return false;
    }
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return true;
}

}  // namespace

std::vector<std::string> faults_of(const description& plugin) {
  return judge(plugin).judged();
}

std::string type_name(std::uint32_t type) {
  switch (type) {
    case TIDEMILL_TYPE_TEXT:
      return "text";
    case TIDEMILL_TYPE_INTEGER:
      return "integer";
    case TIDEMILL_TYPE_NUMBER:
      return "number";
    case TIDEMILL_TYPE_BOOLEAN:
      return "true or false";
    case TIDEMILL_TYPE_DURATION_MS:
      return "duration (90s, 7d)";
    case TIDEMILL_TYPE_SIZE_BYTES:
      return "size (10MiB)";
    case TIDEMILL_TYPE_TEXT_LIST:
      return "list of texts";
    case TIDEMILL_TYPE_INTEGER_LIST:
      return "list of integers";
    default:
      return "type " + std::to_string(type);
  }
}

bool fits_type(const std::string& value, std::uint32_t type) {
  const bool is_list = value.size() >= 2 && value.front() == '[' && value.back() == ']';
  switch (type) {
    case TIDEMILL_TYPE_TEXT:
      return true;
    case TIDEMILL_TYPE_INTEGER:
      return is_integer(value);
    case TIDEMILL_TYPE_NUMBER: {
      char* end = nullptr;
      std::strtod(value.c_str(), &end);
      return !value.empty() && *end == '\0';
    }
    case TIDEMILL_TYPE_BOOLEAN:
      return value == "true" || value == "false";
    case TIDEMILL_TYPE_DURATION_MS:
      return is_amount(value, {"ms", "s", "m", "h", "d"});
    case TIDEMILL_TYPE_SIZE_BYTES:
      return is_amount(value, {"B", "KiB", "MiB", "GiB", "TiB"});
    case TIDEMILL_TYPE_TEXT_LIST:
      return is_list;
    case TIDEMILL_TYPE_INTEGER_LIST:
      return is_list && is_integer_list(value);
    default:
      return false;
  }
}

}  // namespace tidemill::inspection
