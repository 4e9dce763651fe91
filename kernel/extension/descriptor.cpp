#include "extension/descriptor.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/escape.hpp"
#include "tidemill/inspection/rules.hpp"

namespace tidemill::extension {
namespace {

// Sizes of the tables as minor 0 has them; no reader may ask for less, every plugin has them all.
constexpr std::size_t plugin_size_min =
    offsetof(tidemill_plugin, fingerprint) + sizeof(tidemill_plugin::fingerprint);
constexpr std::size_t key_size_min =
    offsetof(tidemill_config_key, help) + sizeof(tidemill_config_key::help);
constexpr std::size_t partitioner_size_min =
    offsetof(tidemill_partitioner, instance_needs) + sizeof(tidemill_partitioner::instance_needs);
constexpr std::size_t transform_size_min =
    offsetof(tidemill_transform, instance_needs) + sizeof(tidemill_transform::instance_needs);
constexpr std::size_t retention_size_min =
    offsetof(tidemill_retention, vote) + sizeof(tidemill_retention::vote);
constexpr std::size_t codec_size_min =
    offsetof(tidemill_codec, compressed_bytes_max) + sizeof(tidemill_codec::compressed_bytes_max);

constexpr std::size_t size_max = 1 << 16;
constexpr std::uint32_t kinds_max = 64;
constexpr std::uint32_t keys_max = 256;
constexpr std::uint32_t binding_flags = 0xffff0000U;

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

std::string hexadecimal(std::uint32_t value) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) {
    text += digits[(value >> static_cast<unsigned>(shift)) & 0xfU];
  }
  return text;
}

/// A NUL-terminated text of bounded size, valid UTF-8.
outcome<std::string> read_text(const char* text, const std::string& what) {
  if (text == nullptr) {
    return problem{what + " is NULL, expected text"};
  }
  const std::size_t size = ::strnlen(text, TIDEMILL_TEXT_MAX + 1);
  if (size > TIDEMILL_TEXT_MAX) {
    return problem{what + " is longer than " + number(TIDEMILL_TEXT_MAX) + " bytes"};
  }
  std::string read(text, size);
  if (!is_utf8(read)) {
    return problem{what + " is not UTF-8"};
  }
  return outcome<std::string>(boost::system::in_place_value, std::move(read));
}

outcome<void> check_bits(std::uint32_t found, std::uint32_t known, const std::string& what) {
  if ((found & ~known) == 0) {
    return {};
  }
  return problem{what + " has the bits " + hexadecimal(found & ~known) +
                 ", which this broker does not know; a newer one may"};
}
outcome<void> check_flags(std::uint32_t found, std::uint32_t known, const std::string& what) {
  return check_bits(found & binding_flags, known, what);
}

outcome<void> check_size(std::uint32_t found, std::size_t least, const std::string& what) {
  if (found >= least && found <= size_max) {
    return {};
  }
  return problem{what + " is " + number(found) + ", expected " + number(least) + " to " +
                 number(size_max)};
}

outcome<void> check_present(bool is_there, const std::string& what) {
  return is_there ? outcome<void>() : outcome<void>(problem{what + " is NULL, but is required"});
}

outcome<void> check_head(const tidemill_plugin& raw) {
  if (raw.magic != TIDEMILL_PLUGIN_MAGIC) {
    return problem{"magic is " + hexadecimal(raw.magic) + ", expected " +
                   hexadecimal(TIDEMILL_PLUGIN_MAGIC)};
  }
  if (raw.abi_major != TIDEMILL_ABI_MAJOR) {
    return problem{"abi_major is " + number(raw.abi_major) + ", expected " +
                   number(TIDEMILL_ABI_MAJOR)};
  }
  TIDEMILL_TRY(check_size(raw.struct_size, plugin_size_min, "struct_size"));
  if (raw.host_minor_min > TIDEMILL_ABI_MINOR) {
    return problem{"it needs a broker with minor " + number(raw.host_minor_min) +
                   " of the ABI, this one has " + number(TIDEMILL_ABI_MINOR)};
  }
  return check_flags(raw.flags, 0, "flags");
}

outcome<void> read_key(const tidemill_config_key& raw, descriptor& into) {
  config_key key;
  TIDEMILL_TRY_ASSIGN(name, read_text(raw.name, "the name of a configuration key"));
  const std::string what = "the configuration key \"" + escape(name) + "\"";
  if (!inspection::is_name(name, "_.-")) {
    return problem{what + ": expected a name of [a-z][a-z0-9_.-]*, at most 64 bytes"};
  }
  if (std::ranges::find(into.keys, name, &config_key::name) != into.keys.end()) {
    return problem{what + " is declared twice"};
  }
  if (expectation(raw.type).empty()) {
    return problem{what + " has the type " + number(raw.type) +
                   ", which this broker does not know; a newer one may"};
  }
  TIDEMILL_TRY(check_flags(raw.flags, 0, what));
  TIDEMILL_TRY_ASSIGN(help, read_text(raw.help, "the help of " + what));
  key.name = std::move(name);
  key.type = raw.type;
  key.is_secret = (raw.flags & TIDEMILL_KEY_SECRET) != 0;
  key.is_required = (raw.flags & TIDEMILL_KEY_REQUIRED) != 0;
  key.help = std::move(help);
  if (raw.default_value != nullptr) {
    if (key.is_required) {
      return problem{what + " is required, so it can have no default"};
    }
    TIDEMILL_TRY_ASSIGN(text, read_text(raw.default_value, "the default of " + what));
    key.default_value = std::move(text);
  }
  into.keys.push_back(std::move(key));
  return {};
}

outcome<void> read_keys(const tidemill_plugin& raw, descriptor& into) {
  if (raw.config_key_count == 0) {
    return {};
  }
  if (raw.config_key_count > keys_max) {
    return problem{"config_key_count is " + number(raw.config_key_count) + ", expected at most " +
                   number(keys_max)};
  }
  TIDEMILL_TRY(check_size(raw.config_key_size, key_size_min, "config_key_size"));
  TIDEMILL_TRY(check_present(raw.config_keys != nullptr, "config_keys"));
  for (std::size_t i = 0; i < raw.config_key_count; ++i) {
    const auto* at = reinterpret_cast<const char*>(raw.config_keys) + i * raw.config_key_size;
    TIDEMILL_TRY(read_key(*reinterpret_cast<const tidemill_config_key*>(at), into));
  }
  return {};
}

/// What a kind that is shown batches has.
template <class Table>
outcome<void> check_columns(const Table& table, const std::string& what, std::size_t size_min) {
  TIDEMILL_TRY(check_size(table.struct_size, size_min, what + ": struct_size"));
  TIDEMILL_TRY(check_flags(table.flags, 0, what + ": flags"));
  return check_bits(table.needs, inspection::all_columns, what + ": needs");
}

outcome<void> check(const tidemill_partitioner& table) {
  const std::string what = TIDEMILL_PARTITIONER;
  TIDEMILL_TRY(check_columns(table, what, partitioner_size_min));
  return check_present(table.choose != nullptr, what + ": choose");
}

outcome<void> check(const tidemill_transform& table) {
  const std::string what = TIDEMILL_TRANSFORM;
  TIDEMILL_TRY(check_columns(table, what, transform_size_min));
  return check_present(table.validate != nullptr, what + ": validate");
}

outcome<void> check(const tidemill_retention& table) {
  const std::string what = TIDEMILL_RETENTION;
  TIDEMILL_TRY(check_size(table.struct_size, retention_size_min, what + ": struct_size"));
  TIDEMILL_TRY(check_flags(table.flags, TIDEMILL_MAY_BLOCK, what + ": flags"));
  TIDEMILL_TRY(check_bits(table.needs, inspection::all_facts, what + ": needs"));
  return check_present(table.vote != nullptr, what + ": vote");
}

outcome<void> check(const tidemill_codec& table) {
  const std::string what = TIDEMILL_CODEC;
  TIDEMILL_TRY(check_size(table.struct_size, codec_size_min, what + ": struct_size"));
  TIDEMILL_TRY(check_flags(table.flags, 0, what + ": flags"));
  if (table.wire_id < TIDEMILL_CODEC_GZIP || table.wire_id > TIDEMILL_CODEC_ZSTD) {
    return problem{what + ": wire_id is " + number(table.wire_id) + ", expected 1 to 4"};
  }
  TIDEMILL_TRY_ASSIGN(name, read_text(table.name, what + ": name"));
  TIDEMILL_TRY(check_present(table.open != nullptr, what + ": open"));
  TIDEMILL_TRY(check_present(table.start != nullptr, what + ": start"));
  TIDEMILL_TRY(check_present(table.step != nullptr, what + ": step"));
  TIDEMILL_TRY(check_present(table.close != nullptr, what + ": close"));
  return check_present(table.compressed_bytes_max != nullptr, what + ": compressed_bytes_max");
}

template <class Table>
outcome<void> take(const void* raw, const Table*& into) {
  const auto* table = static_cast<const Table*>(raw);
  TIDEMILL_TRY(check(*table));
  into = table;
  return {};
}

outcome<void> read_kind(const tidemill_kind& raw, descriptor& into) {
  TIDEMILL_TRY_ASSIGN(id, read_text(raw.id, "the id of a kind"));
  if (std::ranges::find(into.kinds, id) != into.kinds.end()) {
    return problem{"the kind \"" + escape(id) + "\" is offered twice"};
  }
  TIDEMILL_TRY(check_present(raw.table != nullptr, "the table of \"" + escape(id) + "\""));
  into.kinds.push_back(id);
  if (id == TIDEMILL_PARTITIONER) {
    return take(raw.table, into.partitioner);
  }
  if (id == TIDEMILL_TRANSFORM) {
    return take(raw.table, into.transform);
  }
  if (id == TIDEMILL_RETENTION) {
    return take(raw.table, into.retention);
  }
  if (id == TIDEMILL_CODEC) {
    return take(raw.table, into.codec);
  }
  return {};  // of a kind that others know
}

outcome<void> read_kinds(const tidemill_plugin& raw, descriptor& into) {
  if (raw.kind_count == 0 || raw.kind_count > kinds_max) {
    return problem{"kind_count is " + number(raw.kind_count) + ", expected 1 to " +
                   number(kinds_max)};
  }
  TIDEMILL_TRY(check_present(raw.kinds != nullptr, "kinds"));
  for (std::size_t i = 0; i < raw.kind_count; ++i) {
    TIDEMILL_TRY(read_kind(raw.kinds[i], into));
  }
  return {};
}

}  // namespace

bool descriptor::offers(kind which) const noexcept {
  switch (which) {
    case kind::partitioner:
      return partitioner != nullptr;
    case kind::transform:
      return transform != nullptr;
    case kind::retention:
      return retention != nullptr;
    case kind::codec:
      return codec != nullptr;
  }
  return false;
}

outcome<descriptor> read_descriptor(const tidemill_plugin* raw) {
  descriptor read;
  TIDEMILL_TRY(check_head(*raw));
  TIDEMILL_TRY_ASSIGN(name, read_text(raw->name, "name"));
  if (!inspection::is_name(name, "_-")) {
    return problem{"name is \"" + escape(name) + "\", expected [a-z][a-z0-9_-]*, at most 64 bytes"};
  }
  TIDEMILL_TRY_ASSIGN(version, read_text(raw->version, "version"));
  TIDEMILL_TRY_ASSIGN(licence, read_text(raw->licence, "licence"));
  TIDEMILL_TRY_ASSIGN(summary, read_text(raw->summary, "summary"));
  read.raw = raw;
  read.name = std::move(name);
  read.version = std::move(version);
  read.licence = std::move(licence);
  read.summary = std::move(summary);
  TIDEMILL_TRY(read_kinds(*raw, read));
  TIDEMILL_TRY(read_keys(*raw, read));
  return read;
}

}  // namespace tidemill::extension
