#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemill/values.hpp"

/// Reads plugins as files: what they are is known before any of their code has run.
namespace tidemill::inspection {

/// A dynamic symbol that the file defines and others can see.
struct exported_symbol {
  /// Cut to elf_file::name_bytes_max, lives as long as the elf_file or a copy of it.
  std::string_view name;
  /// STB_GNU_UNIQUE: one copy in the whole process, which keeps the file from being unloaded and
  /// lets two versions of it share state.
  bool is_unique = false;
  bool is_function = false;
  std::uint64_t address = 0;
  std::uint64_t size_bytes = 0;
};

/// A shared library for this machine: 64-bit little-endian ELF. Every read is checked against the
/// bounds of the file, whatever its tables say. Addresses are those of the file, before loading.
///
/// An object is constant; any thread may use it.
class elf_file {
 public:
  /// Files larger than this are not read.
  static constexpr std::size_t file_bytes_max = std::size_t{512} << 20U;

  static constexpr std::size_t name_bytes_max = 4095;

  /// Reads the whole file, so that what was read stays the same whatever becomes of the file.
  /// UNAVAILABLE: it cannot be read. TOO_LARGE. Otherwise as parse(). Messages begin with `path`.
  [[nodiscard]] static sdk::result<elf_file> read(const std::string& path);
  /// UNSUPPORTED: not an ELF file, not a shared library, or one for another machine. CORRUPT: cut
  /// or damaged.
  [[nodiscard]] static sdk::result<elf_file> parse(std::string bytes);

  /// The bytes that stand in the file.
  [[nodiscard]] std::string_view bytes() const noexcept { return *bytes_; }
  /// Symbols that others can see, in the order of the file.
  [[nodiscard]] const std::vector<exported_symbol>& exports() const noexcept { return exports_; }
  /// Names that other libraries have to define.
  [[nodiscard]] const std::vector<std::string_view>& imports() const noexcept { return imports_; }
  /// Libraries that are loaded with it (DT_NEEDED).
  [[nodiscard]] const std::vector<std::string_view>& libraries() const noexcept {
    return libraries_;
  }
  /// Functions that run when it is loaded, before anybody calls it.
  [[nodiscard]] std::uint64_t initializer_count() const noexcept { return initializer_count_; }
  /// Whether loading it makes the stacks of the whole process executable: PT_GNU_STACK says so, or
  /// is missing, as it is when a part in assembler does not say that it needs none.
  [[nodiscard]] bool needs_executable_stack() const noexcept { return needs_executable_stack_; }
  [[nodiscard]] const exported_symbol* find_export(std::string_view name) const noexcept;

  /// `size` bytes at an address, as the file has them; nullopt where it has none.
  [[nodiscard]] std::optional<std::string_view> bytes_at(std::uint64_t address,
                                                         std::uint64_t size) const noexcept;
  /// A NUL-terminated text of at most `size_max` bytes; nullopt if there is none.
  [[nodiscard]] std::optional<std::string> text_at(std::uint64_t address,
                                                   std::size_t size_max) const;
  /// Where the pointer at an address will point to once the file is loaded: an address of the file,
  /// or 0 for NULL. nullopt if there is no pointer, or one that only the loader can make out: into
  /// another library.
  [[nodiscard]] std::optional<std::uint64_t> pointer_at(std::uint64_t address) const;
  /// Whether the pointer at an address will point to a symbol that another library defines.
  [[nodiscard]] bool is_import_at(std::uint64_t address) const noexcept;
  /// Whether an address lies in code.
  [[nodiscard]] bool is_code(std::uint64_t address) const noexcept;

 private:
  struct segment {
    std::uint64_t address;
    std::uint64_t offset;
    std::uint64_t file_size;
    bool is_executable;
  };
  struct relocation {
    std::uint64_t address;
    std::uint32_t type;
    std::uint32_t symbol;
    std::int64_t addend;
  };
  /// Places of the dynamic section, all 0 where there is none.
  struct dynamic_table {
    std::uint64_t symbols, texts, texts_size, hash, gnu_hash;
    std::uint64_t relocations, relocations_size;
    std::uint64_t packed, packed_size;
    std::uint64_t initializers_size, initializer;
    std::vector<std::uint64_t> libraries;
  };

  explicit elf_file(std::string bytes)
      : bytes_(std::make_shared<const std::string>(std::move(bytes))) {}
  [[nodiscard]] sdk::outcome check_header() const;
  [[nodiscard]] sdk::outcome read_segments(dynamic_table& into);
  [[nodiscard]] sdk::outcome read_dynamic(std::uint64_t offset, std::uint64_t size,
                                          dynamic_table& into) const;
  [[nodiscard]] sdk::outcome read_symbols(const dynamic_table& table);
  [[nodiscard]] sdk::outcome read_relocations(const dynamic_table& table);
  [[nodiscard]] std::optional<std::uint64_t> count_symbols(const dynamic_table& table) const;
  [[nodiscard]] const relocation* relocation_at(std::uint64_t address) const noexcept;
  [[nodiscard]] bool is_packed(std::uint64_t address) const noexcept;
  template <class T>
  [[nodiscard]] std::optional<T> value_at_offset(std::uint64_t offset) const noexcept;
  template <class T>
  [[nodiscard]] std::optional<T> value_at(std::uint64_t address) const noexcept;

  std::shared_ptr<const std::string> bytes_;
  std::vector<segment> segments_;
  /// By address.
  std::vector<relocation> relocations_;
  /// DT_RELR: places and bitmaps of pointers whose addend stands in place.
  std::vector<std::uint64_t> packed_;
  /// Of every dynamic symbol, by index; nullopt for those that others define.
  std::vector<std::optional<std::uint64_t>> symbol_addresses_;
  std::vector<exported_symbol> exports_;
  std::vector<std::string_view> imports_;
  std::vector<std::string_view> libraries_;
  std::uint64_t initializer_count_ = 0;
  bool needs_executable_stack_ = true;
};

}  // namespace tidemill::inspection
