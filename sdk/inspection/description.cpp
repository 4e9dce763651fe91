#include "tidemill/inspection/description.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include "tidemill/authenticator.h"
#include "tidemill/authorizer.h"
#include "tidemill/codec.h"
#include "tidemill/partitioner.h"
#include "tidemill/plugin.h"
#include "tidemill/retention.h"
#include "tidemill/transform.h"

namespace tidemill::inspection {
namespace {

struct function_field {
  const char* name;
  std::size_t offset;
  bool is_optional;
};

/// Where the facts of a kind's table stand. Offset 0 (struct_size) stands for "has none".
struct kind_layout {
  const char* id;
  std::size_t size;
  std::size_t flags;
  std::size_t needs;
  std::span<const function_field> functions;
};

#define FUNCTION(table, field, is_optional) {#field, offsetof(table, field), is_optional}
constexpr std::array partitioner_functions = {
    function_field FUNCTION(tidemill_partitioner, choose, false),
    function_field FUNCTION(tidemill_partitioner, instance_needs, true)};
constexpr std::array transform_functions = {
    function_field FUNCTION(tidemill_transform, validate, false),
    function_field FUNCTION(tidemill_transform, instance_needs, true)};
constexpr std::array retention_functions = {
    function_field FUNCTION(tidemill_retention, vote, false)};
constexpr std::array codec_functions = {
    function_field FUNCTION(tidemill_codec, open, false),
    function_field FUNCTION(tidemill_codec, start, false),
    function_field FUNCTION(tidemill_codec, step, false),
    function_field FUNCTION(tidemill_codec, close, false),
    function_field FUNCTION(tidemill_codec, compressed_bytes_max, false)};
constexpr std::array authenticator_functions = {
    function_field FUNCTION(tidemill_authenticator, begin, false),
    function_field FUNCTION(tidemill_authenticator, step, false),
    function_field FUNCTION(tidemill_authenticator, end, false)};
constexpr std::array authorizer_functions = {
    function_field FUNCTION(tidemill_authorizer, authorize, false),
    function_field FUNCTION(tidemill_authorizer, policy_epoch, true)};
constexpr std::array plugin_functions = {
    function_field FUNCTION(tidemill_plugin, load, true),
    function_field FUNCTION(tidemill_plugin, unload, true),
    function_field FUNCTION(tidemill_plugin, create, true),
    function_field FUNCTION(tidemill_plugin, destroy, true),
    function_field FUNCTION(tidemill_plugin, shard_open, true),
    function_field FUNCTION(tidemill_plugin, shard_close, true),
    function_field FUNCTION(tidemill_plugin, fingerprint, true)};
#undef FUNCTION

constexpr std::array kind_layouts = {
    kind_layout{TIDEMILL_PARTITIONER, sizeof(tidemill_partitioner),
                offsetof(tidemill_partitioner, flags), offsetof(tidemill_partitioner, needs),
                partitioner_functions},
    kind_layout{TIDEMILL_TRANSFORM, sizeof(tidemill_transform), offsetof(tidemill_transform, flags),
                offsetof(tidemill_transform, needs), transform_functions},
    kind_layout{TIDEMILL_RETENTION, sizeof(tidemill_retention), offsetof(tidemill_retention, flags),
                offsetof(tidemill_retention, needs), retention_functions},
    kind_layout{TIDEMILL_CODEC, sizeof(tidemill_codec), offsetof(tidemill_codec, flags), 0,
                codec_functions},
    kind_layout{TIDEMILL_AUTHENTICATOR, sizeof(tidemill_authenticator),
                offsetof(tidemill_authenticator, flags), 0, authenticator_functions},
    kind_layout{TIDEMILL_AUTHORIZER, sizeof(tidemill_authorizer),
                offsetof(tidemill_authorizer, flags), 0, authorizer_functions},
};

sdk::failure corrupt(const std::string& what) {
  return {TIDEMILL_CORRUPT, what};
}

std::string hexadecimal(std::uint32_t value) {
  std::string text = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) {
    text += "0123456789abcdef"[(value >> static_cast<unsigned>(shift)) & 0xfU];
  }
  return text;
}

/// Reads one file's descriptor. The first thing that cannot be read stays in `why`; what is read
/// after it is empty.
class reader {
 public:
  explicit reader(const elf_file& file) : file_(file) {}

  [[nodiscard]] sdk::result<description> read();

 private:
  [[nodiscard]] std::optional<sdk::failure> check_start(const exported_symbol& symbol) const;
  void read_kinds(std::uint64_t plugin);
  void read_kind(std::uint64_t at);
  void read_table(std::uint64_t table, const kind_layout& layout, kind& into);
  void read_codec(std::uint64_t table, kind& into);
  void read_config_keys(std::uint64_t plugin);
  [[nodiscard]] std::vector<table_function> read_functions(std::uint64_t table, std::string_view of,
                                                           std::span<const function_field> fields);

  void fail(const std::string& what) {
    if (!why_) {
      why_ = corrupt(what);
    }
  }
  [[nodiscard]] std::uint32_t number(std::uint64_t address, std::string_view what) {
    std::uint32_t value = 0;
    if (const auto bytes = file_.bytes_at(address, sizeof value)) {
      std::memcpy(&value, bytes->data(), sizeof value);
    } else {
      fail(std::string(what) + " lies outside of the file");
    }
    return value;
  }
  [[nodiscard]] std::uint64_t pointer(std::uint64_t address, std::string_view what) {
    const auto value = file_.pointer_at(address);
    if (!value) {
      fail(std::string(what) + " does not point into the file; expected constant data");
    }
    return value.value_or(0);
  }
  /// nullopt for NULL.
  [[nodiscard]] std::optional<std::string> optional_text(std::uint64_t address,
                                                         std::string_view what) {
    const std::uint64_t at = pointer(address, what);
    if (at == 0) {
      return std::nullopt;
    }
    auto text = file_.text_at(at, TIDEMILL_TEXT_MAX);
    if (!text) {
      fail(std::string(what) + " is not a constant text of at most " +
           std::to_string(TIDEMILL_TEXT_MAX) + " bytes that ends with NUL");
    }
    return text;
  }
  [[nodiscard]] std::string text(std::uint64_t address, std::string_view what) {
    auto found = optional_text(address, what);
    if (!found) {
      fail(std::string(what) + " is NULL, expected a text");
    }
    return found.value_or("");
  }

  const elf_file& file_;
  description made_;
  std::optional<sdk::failure> why_;
};

std::optional<sdk::failure> reader::check_start(const exported_symbol& symbol) const {
  const auto head = file_.bytes_at(symbol.address, offsetof(tidemill_plugin, abi_minor));
  if (!head) {
    return corrupt(TIDEMILL_PLUGIN_SYMBOL
                   " lies outside of the file; expected constant data: is it declared const?");
  }
  std::uint32_t magic = 0;
  std::uint32_t size = 0;
  std::uint32_t major = 0;
  std::memcpy(&magic, head->data(), sizeof magic);
  std::memcpy(&size, head->data() + offsetof(tidemill_plugin, struct_size), sizeof size);
  std::memcpy(&major, head->data() + offsetof(tidemill_plugin, abi_major), sizeof major);
  if (magic != TIDEMILL_PLUGIN_MAGIC) {
    return corrupt(TIDEMILL_PLUGIN_SYMBOL " begins with " + hexadecimal(magic) +
                   ", expected the magic " + hexadecimal(TIDEMILL_PLUGIN_MAGIC));
  }
  if (major != TIDEMILL_ABI_MAJOR) {
    return sdk::failure{TIDEMILL_UNSUPPORTED, "built for ABI major " + std::to_string(major) +
                                                  ", expected " +
                                                  std::to_string(TIDEMILL_ABI_MAJOR)};
  }
  // What minor 0 has must be there; `fingerprint` is its last field.
  const std::size_t least = offsetof(tidemill_plugin, fingerprint) + sizeof(void*);
  if (size < least || !file_.bytes_at(symbol.address, size)) {
    return corrupt("struct_size of " TIDEMILL_PLUGIN_SYMBOL " is " + std::to_string(size) +
                   ", expected at least " + std::to_string(least) + " and to lie in the file");
  }
  return std::nullopt;
}

sdk::result<description> reader::read() {
  const exported_symbol* symbol = file_.find_export(TIDEMILL_PLUGIN_SYMBOL);
  if (symbol == nullptr) {
    return sdk::failure{TIDEMILL_UNSUPPORTED,
                        "does not export " TIDEMILL_PLUGIN_SYMBOL
                        ", expected a plugin; is TIDEMILL_PLUGIN(...) in its source, and the "
                        "symbol visible?"};
  }
  if (auto why = check_start(*symbol)) {
    return *why;
  }
  const std::uint64_t at = symbol->address;
  made_.struct_size = number(at + offsetof(tidemill_plugin, struct_size), "struct_size");
  made_.abi_major = number(at + offsetof(tidemill_plugin, abi_major), "abi_major");
  made_.abi_minor = number(at + offsetof(tidemill_plugin, abi_minor), "abi_minor");
  made_.host_minor_min = number(at + offsetof(tidemill_plugin, host_minor_min), "host_minor_min");
  made_.flags = number(at + offsetof(tidemill_plugin, flags), "flags");
  made_.name = text(at + offsetof(tidemill_plugin, name), "the name");
  made_.version = text(at + offsetof(tidemill_plugin, version), "the version");
  made_.licence = text(at + offsetof(tidemill_plugin, licence), "the licence");
  made_.summary = text(at + offsetof(tidemill_plugin, summary), "the summary");
  read_kinds(at);
  read_config_keys(at);
  made_.functions = read_functions(at, TIDEMILL_PLUGIN_SYMBOL, plugin_functions);
  if (why_) {
    return *why_;
  }
  return made_;
}

void reader::read_kinds(std::uint64_t plugin) {
  const std::uint32_t count = number(plugin + offsetof(tidemill_plugin, kind_count), "kind_count");
  if (count > kind_count_max) {
    fail("kind_count is " + std::to_string(count) + ", expected at most " +
         std::to_string(kind_count_max));
    return;
  }
  const std::uint64_t array = pointer(plugin + offsetof(tidemill_plugin, kinds), "kinds");
  for (std::uint32_t i = 0; i < count && !why_; ++i) {
    read_kind(array + i * sizeof(tidemill_kind));
  }
}

void reader::read_kind(std::uint64_t at) {
  kind made;
  made.id = text(at + offsetof(tidemill_kind, id), "the id of a kind");
  const std::string what = "the table of " + made.id;
  const std::uint64_t table = pointer(at + offsetof(tidemill_kind, table), what);
  made.table_size = number(table, what);
  for (const kind_layout& layout : kind_layouts) {
    if (made.id == layout.id && !why_) {
      made.is_known = true;
      read_table(table, layout, made);
    }
  }
  made_.kinds.push_back(std::move(made));
}

void reader::read_table(std::uint64_t table, const kind_layout& layout, kind& into) {
  if (into.table_size < layout.size || !file_.bytes_at(table, into.table_size)) {
    fail("struct_size of the table of " + into.id + " is " + std::to_string(into.table_size) +
         ", expected at least " + std::to_string(layout.size) + " and to lie in the file");
    return;
  }
  into.flags = number(table + layout.flags, "flags of " + into.id);
  into.needs = layout.needs == 0 ? 0 : number(table + layout.needs, "needs of " + into.id);
  into.functions = read_functions(table, into.id, layout.functions);
  if (into.id == TIDEMILL_CODEC) {
    read_codec(table, into);
  } else if (into.id == TIDEMILL_AUTHENTICATOR) {
    into.mechanism = text(table + offsetof(tidemill_authenticator, mechanism), "the mechanism");
  }
}

void reader::read_codec(std::uint64_t table, kind& into) {
  codec_facts facts;
  const auto level = [&](std::size_t offset) {
    return static_cast<std::int32_t>(number(table + offset, "a level of the codec"));
  };
  facts.wire_id = number(table + offsetof(tidemill_codec, wire_id), "wire_id of the codec");
  facts.name = text(table + offsetof(tidemill_codec, name), "the name of the codec");
  facts.level_min = level(offsetof(tidemill_codec, level_min));
  facts.level_max = level(offsetof(tidemill_codec, level_max));
  facts.level_default = level(offsetof(tidemill_codec, level_default));
  into.codec = std::move(facts);
}

void reader::read_config_keys(std::uint64_t plugin) {
  const std::uint32_t count =
      number(plugin + offsetof(tidemill_plugin, config_key_count), "config_key_count");
  const std::uint32_t size =
      number(plugin + offsetof(tidemill_plugin, config_key_size), "config_key_size");
  const std::uint64_t array =
      pointer(plugin + offsetof(tidemill_plugin, config_keys), "config_keys");
  const std::size_t least = offsetof(tidemill_config_key, help) + sizeof(void*);
  if (count > config_key_count_max || (count > 0 && size < least)) {
    fail(std::to_string(count) + " configuration keys of " + std::to_string(size) +
         " bytes each, expected at most " + std::to_string(config_key_count_max) + " of at least " +
         std::to_string(least));
    return;
  }
  for (std::uint64_t i = 0; i < count && !why_; ++i) {
    const std::uint64_t at = array + i * size;
    config_key key;
    key.name = text(at + offsetof(tidemill_config_key, name), "the name of a configuration key");
    const std::string of = " of the configuration key '" + key.name + "'";
    key.type = number(at + offsetof(tidemill_config_key, type), "the type" + of);
    key.flags = number(at + offsetof(tidemill_config_key, flags), "the flags" + of);
    key.default_value =
        optional_text(at + offsetof(tidemill_config_key, default_value), "the default" + of);
    key.help = text(at + offsetof(tidemill_config_key, help), "the help" + of);
    made_.config_keys.push_back(std::move(key));
  }
}

std::vector<table_function> reader::read_functions(std::uint64_t table, std::string_view of,
                                                   std::span<const function_field> fields) {
  std::vector<table_function> functions;
  for (const function_field& field : fields) {
    const std::string what = std::string(field.name) + "() of " + std::string(of);
    // A function of a library, such as free(), will do.
    const bool is_import = file_.is_import_at(table + field.offset);
    const std::uint64_t code = is_import ? 0 : pointer(table + field.offset, what);
    if (code != 0 && !file_.is_code(code)) {
      fail(what + " points to no code of the file");
    }
    functions.push_back({field.name, field.is_optional, is_import || code != 0});
  }
  return functions;
}

}  // namespace

sdk::result<description> describe(const elf_file& file) {
  auto read = reader(file).read();
  if (read) {
    read->needs_executable_stack = file.needs_executable_stack();
  }
  return read;
}

sdk::result<description> describe_file(const std::string& path) {
  const auto file = elf_file::read(path);
  if (!file) {
    return file.error();
  }
  auto described = describe(*file);
  if (!described) {
    return sdk::failure{described.error().status, path + ": " + described.error().message};
  }
  return described;
}

}  // namespace tidemill::inspection
