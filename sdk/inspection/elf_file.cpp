#include "tidemill/inspection/elf_file.hpp"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <system_error>

namespace tidemill::inspection {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t this_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t this_machine = EM_AARCH64;
#else
#error "name the ELF machine of this platform, and its relocations in elf_relocations.cpp"
#endif

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_AARCH64:
      return "AArch64";
    case EM_386:
      return "x86 (32 bit)";
    case EM_RISCV:
      return "RISC-V";
    default:
      return "ELF machine " + std::to_string(machine);
  }
}

sdk::failure corrupt(const std::string& what) {
  return {TIDEMILL_CORRUPT, what};
}

std::string first_bytes(std::string_view bytes) {
  if (bytes.empty()) {
    return "it is empty";
  }
  std::string text = "it begins with";
  for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 4); ++i) {
    std::array<char, 8> hex{};
    std::snprintf(hex.data(), hex.size(), " %02x", static_cast<unsigned char>(bytes[i]));
    text += hex.data();
  }
  return text;
}

}  // namespace

sdk::result<elf_file> elf_file::read(const std::string& path) {
  const auto fail = [&](tidemill_status status, const std::string& why) {
    return sdk::failure{status, path + ": " + why};
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose);
  if (file == nullptr) {
    return fail(TIDEMILL_UNAVAILABLE,
                "cannot be opened: " + std::generic_category().message(errno));
  }
  std::string bytes;
  std::array<char, 1U << 16U> block;
  while (const std::size_t got = std::fread(block.data(), 1, block.size(), file.get())) {
    if (bytes.size() + got > file_bytes_max) {
      return fail(TIDEMILL_TOO_LARGE,
                  "larger than " + std::to_string(file_bytes_max >> 20U) + " MiB");
    }
    bytes.append(block.data(), got);
  }
  if (std::ferror(file.get()) != 0) {
    return fail(TIDEMILL_UNAVAILABLE, "cannot be read: " + std::generic_category().message(errno));
  }
  auto parsed = parse(std::move(bytes));
  if (!parsed) {
    return fail(parsed.error().status, parsed.error().message);
  }
  return parsed;
}

sdk::result<elf_file> elf_file::parse(std::string bytes) {
  elf_file file(std::move(bytes));
  dynamic_table table{};
  if (auto went = file.check_header(); went.why()) {
    return *went.why();
  }
  if (auto went = file.read_segments(table); went.why()) {
    return *went.why();
  }
  if (auto went = file.read_symbols(table); went.why()) {
    return *went.why();
  }
  if (auto went = file.read_relocations(table); went.why()) {
    return *went.why();
  }
  return file;
}

const exported_symbol* elf_file::find_export(std::string_view name) const noexcept {
  const auto found = std::ranges::find(exports_, name, &exported_symbol::name);
  return found == exports_.end() ? nullptr : &*found;
}

template <class T>
std::optional<T> elf_file::value_at_offset(std::uint64_t offset) const noexcept {
  if (offset > bytes_->size() || bytes_->size() - offset < sizeof(T)) {
    return std::nullopt;
  }
  T value;
  std::memcpy(&value, bytes_->data() + offset, sizeof value);
  return value;
}

template <class T>
std::optional<T> elf_file::value_at(std::uint64_t address) const noexcept {
  const auto bytes = bytes_at(address, sizeof(T));
  if (!bytes) {
    return std::nullopt;
  }
  T value;
  std::memcpy(&value, bytes->data(), sizeof value);
  return value;
}

std::optional<std::string_view> elf_file::bytes_at(std::uint64_t address,
                                                   std::uint64_t size) const noexcept {
  for (const segment& one : segments_) {
    const std::uint64_t into = address - one.address;
    if (address >= one.address && into <= one.file_size && one.file_size - into >= size) {
      return std::string_view(*bytes_).substr(one.offset + into, size);
    }
  }
  return std::nullopt;
}

std::optional<std::string> elf_file::text_at(std::uint64_t address, std::size_t size_max) const {
  for (const segment& one : segments_) {
    if (address >= one.address && address - one.address < one.file_size) {
      const std::uint64_t into = address - one.address;
      const auto rest = std::string_view(*bytes_).substr(one.offset + into, one.file_size - into);
      const std::size_t end = rest.substr(0, size_max + 1).find('\0');
      return end == std::string_view::npos ? std::nullopt
                                           : std::optional(std::string(rest.substr(0, end)));
    }
  }
  return std::nullopt;
}

bool elf_file::is_code(std::uint64_t address) const noexcept {
  return std::ranges::any_of(segments_, [&](const segment& one) {
    return one.is_executable && address >= one.address && address - one.address < one.file_size;
  });
}

sdk::outcome elf_file::check_header() const {
  if (bytes_->size() < SELFMAG || std::memcmp(bytes_->data(), ELFMAG, SELFMAG) != 0) {
    return sdk::failure{TIDEMILL_UNSUPPORTED, "not an ELF file: " + first_bytes(*bytes_) +
                                                  ", expected 7f 45 4c 46; is it a shared library "
                                                  "(.so)?"};
  }
  const auto header = value_at_offset<Elf64_Ehdr>(0);
  if (!header) {
    return corrupt("the ELF header is cut: " + std::to_string(bytes_->size()) +
                   " bytes, expected at least " + std::to_string(sizeof(Elf64_Ehdr)));
  }
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB) {
    return sdk::failure{TIDEMILL_UNSUPPORTED,
                        "not a 64-bit little-endian ELF file, which is what this broker loads"};
  }
  if (header->e_machine != this_machine) {
    return sdk::failure{TIDEMILL_UNSUPPORTED, "built for " + machine_name(header->e_machine) +
                                                  ", expected " + machine_name(this_machine)};
  }
  if (header->e_type != ET_DYN) {
    return sdk::failure{TIDEMILL_UNSUPPORTED,
                        "not a shared library: ELF type " + std::to_string(header->e_type) +
                            ", expected " + std::to_string(ET_DYN) +
                            (header->e_type == ET_REL ? "; link it with -shared" : "")};
  }
  if (header->e_phentsize != sizeof(Elf64_Phdr)) {
    return corrupt("program headers of " + std::to_string(header->e_phentsize) +
                   " bytes, expected " + std::to_string(sizeof(Elf64_Phdr)));
  }
  return TIDEMILL_OK;
}

sdk::outcome elf_file::read_segments(dynamic_table& into) {
  const auto header = *value_at_offset<Elf64_Ehdr>(0);
  std::optional<Elf64_Phdr> dynamic;
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    // An offset that overflows lies outside of the file either way.
    const auto row = value_at_offset<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr));
    if (!row || header.e_phoff > bytes_->size()) {
      return corrupt("the program headers end behind the file: is it cut?");
    }
    if (row->p_type == PT_GNU_STACK) {
      needs_executable_stack_ = (row->p_flags & PF_X) != 0;
    }
    if (row->p_type != PT_LOAD && row->p_type != PT_DYNAMIC) {
      continue;
    }
    if (row->p_offset > bytes_->size() || bytes_->size() - row->p_offset < row->p_filesz) {
      return corrupt("a segment ends behind the file, at byte " +
                     std::to_string(row->p_offset + row->p_filesz) + " of " +
                     std::to_string(bytes_->size()) + ": is it cut?");
    }
    if (row->p_type == PT_LOAD) {
      segments_.push_back({row->p_vaddr, row->p_offset, row->p_filesz, (row->p_flags & PF_X) != 0});
    } else {
      dynamic = row;
    }
  }
  if (!dynamic) {
    return sdk::failure{TIDEMILL_UNSUPPORTED,
                        "no dynamic section, so not a shared library; link it with -shared"};
  }
  return read_dynamic(dynamic->p_offset, dynamic->p_filesz, into);
}

sdk::outcome elf_file::read_dynamic(std::uint64_t offset, std::uint64_t size,
                                    dynamic_table& into) const {
  for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= size; at += sizeof(Elf64_Dyn)) {
    const auto row = *value_at_offset<Elf64_Dyn>(offset + at);
    const std::uint64_t value = row.d_un.d_val;
    switch (row.d_tag) {
      case DT_NULL:
        return TIDEMILL_OK;
      case DT_NEEDED:
        into.libraries.push_back(value);
        break;
      case DT_SYMTAB:
        into.symbols = value;
        break;
      case DT_STRTAB:
        into.texts = value;
        break;
      case DT_STRSZ:
        into.texts_size = value;
        break;
      case DT_HASH:
        into.hash = value;
        break;
      case DT_GNU_HASH:
        into.gnu_hash = value;
        break;
      case DT_RELA:
        into.relocations = value;
        break;
      case DT_RELASZ:
        into.relocations_size = value;
        break;
      case DT_RELR:
        into.packed = value;
        break;
      case DT_RELRSZ:
        into.packed_size = value;
        break;
      case DT_INIT:
        into.initializer = value;
        break;
      case DT_INIT_ARRAYSZ:
        into.initializers_size = value;
        break;
      default:
        break;
    }
  }
  return corrupt("the dynamic section has no end: is the file damaged?");
}

std::optional<std::uint64_t> elf_file::count_symbols(const dynamic_table& table) const {
  // Two words, the second counts symbols.
  if (table.hash != 0) {
    const auto count = value_at<std::uint32_t>(table.hash + sizeof(std::uint32_t));
    return count ? std::optional<std::uint64_t>(*count) : std::nullopt;
  }
  struct gnu_hash {
    std::uint32_t bucket_count, first_symbol, filter_words, shift;
  };
  const auto header = value_at<gnu_hash>(table.gnu_hash);
  if (table.gnu_hash == 0 || !header) {
    return std::nullopt;
  }
  const std::uint64_t buckets =
      table.gnu_hash + sizeof(gnu_hash) + std::uint64_t{header->filter_words} * 8;
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < header->bucket_count; ++i) {
    const auto bucket = value_at<std::uint32_t>(buckets + i * 4);
    if (!bucket) {
      return std::nullopt;
    }
    last = std::max<std::uint64_t>(last, *bucket);
  }
  if (last < header->first_symbol) {
    return header->first_symbol;
  }
  // The chain of the last bucket ends with the last symbol; its lowest bit marks the end.
  const std::uint64_t chains = buckets + std::uint64_t{header->bucket_count} * 4;
  for (;; ++last) {
    const auto link = value_at<std::uint32_t>(chains + (last - header->first_symbol) * 4);
    if (!link) {
      return std::nullopt;
    }
    if ((*link & 1U) != 0) {
      return last + 1;
    }
  }
}

sdk::outcome elf_file::read_symbols(const dynamic_table& table) {
  const auto texts = bytes_at(table.texts, table.texts_size);
  const auto count = count_symbols(table);
  if (!texts || !count || !bytes_at(table.symbols, *count * sizeof(Elf64_Sym))) {
    return corrupt("the table of dynamic symbols lies outside of the file: is it damaged?");
  }
  const auto text = [&](std::uint64_t at) {
    const auto rest = at < texts->size() ? texts->substr(at, name_bytes_max) : std::string_view();
    return rest.substr(0, rest.find('\0'));
  };
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto row = *value_at<Elf64_Sym>(table.symbols + i * sizeof(Elf64_Sym));
    const auto binding = ELF64_ST_BIND(row.st_info);
    const bool is_defined = row.st_shndx != SHN_UNDEF;
    symbol_addresses_.push_back(is_defined ? std::optional(row.st_value) : std::nullopt);
    if (i == 0 || binding == STB_LOCAL) {
      continue;
    }
    if (!is_defined) {
      imports_.push_back(text(row.st_name));
    } else if (ELF64_ST_VISIBILITY(row.st_other) == STV_DEFAULT ||
               ELF64_ST_VISIBILITY(row.st_other) == STV_PROTECTED) {
      exports_.push_back({text(row.st_name), binding == STB_GNU_UNIQUE,
                          ELF64_ST_TYPE(row.st_info) == STT_FUNC, row.st_value, row.st_size});
    }
  }
  for (const std::uint64_t at : table.libraries) {
    libraries_.push_back(text(at));
  }
  initializer_count_ =
      table.initializers_size / sizeof(std::uint64_t) + (table.initializer != 0 ? 1U : 0U);
  return TIDEMILL_OK;
}

}  // namespace tidemill::inspection
