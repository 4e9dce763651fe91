// What pointers will point to once the loader has done its work, without doing it.
#include <elf.h>

#include <algorithm>
#include <cstring>

#include "tidemill/inspection/elf_file.hpp"

namespace tidemill::inspection {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t relative = R_X86_64_RELATIVE;
constexpr std::uint32_t absolute = R_X86_64_64;
#elif defined(__aarch64__)
constexpr std::uint32_t relative = R_AARCH64_RELATIVE;
constexpr std::uint32_t absolute = R_AARCH64_ABS64;
#endif

constexpr std::uint64_t word_bytes = 8;
// A bitmap of DT_RELR: the lowest bit marks it as one, the others stand for words.
constexpr std::uint64_t words_per_bitmap = 63;

std::uint64_t word_of(std::string_view bytes) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data(), sizeof word);
  return word;
}

}  // namespace

sdk::outcome elf_file::read_relocations(const dynamic_table& table) {
  const auto rows = bytes_at(table.relocations, table.relocations_size);
  const auto packed = bytes_at(table.packed, table.packed_size);
  if ((table.relocations_size != 0 && !rows) || (table.packed_size != 0 && !packed)) {
    return sdk::failure{TIDEMILL_CORRUPT,
                        "the relocations lie outside of the file: is it damaged?"};
  }
  for (std::uint64_t at = 0; at + sizeof(Elf64_Rela) <= table.relocations_size;
       at += sizeof(Elf64_Rela)) {
    Elf64_Rela row;
    std::memcpy(&row, rows->data() + at, sizeof row);
    relocations_.push_back({row.r_offset, static_cast<std::uint32_t>(ELF64_R_TYPE(row.r_info)),
                            static_cast<std::uint32_t>(ELF64_R_SYM(row.r_info)), row.r_addend});
  }
  std::ranges::sort(relocations_, {}, &relocation::address);
  for (std::uint64_t at = 0; at + word_bytes <= table.packed_size; at += word_bytes) {
    packed_.push_back(word_of(packed->substr(at, word_bytes)));
  }
  return TIDEMILL_OK;
}

bool elf_file::is_packed(std::uint64_t address) const noexcept {
  std::uint64_t base = 0;
  for (const std::uint64_t entry : packed_) {
    if ((entry & 1U) == 0) {
      if (entry == address) {
        return true;
      }
      base = entry + word_bytes;
      continue;
    }
    const std::uint64_t word = (address - base) / word_bytes;
    if (address >= base && (address - base) % word_bytes == 0 && word < words_per_bitmap &&
        ((entry >> (word + 1)) & 1U) != 0) {
      return true;
    }
    base += words_per_bitmap * word_bytes;
  }
  return false;
}

const elf_file::relocation* elf_file::relocation_at(std::uint64_t address) const noexcept {
  const auto row = std::ranges::lower_bound(relocations_, address, {}, &relocation::address);
  return row != relocations_.end() && row->address == address ? &*row : nullptr;
}

bool elf_file::is_import_at(std::uint64_t address) const noexcept {
  const relocation* row = relocation_at(address);
  return row != nullptr && row->type == absolute && row->symbol < symbol_addresses_.size() &&
         !symbol_addresses_[row->symbol];
}

std::optional<std::uint64_t> elf_file::pointer_at(std::uint64_t address) const {
  const auto bytes = bytes_at(address, word_bytes);
  if (!bytes) {
    return std::nullopt;
  }
  if (const relocation* row = relocation_at(address)) {
    const auto addend = static_cast<std::uint64_t>(row->addend);
    if (row->type == relative) {
      return addend;
    }
    if (row->type == absolute && row->symbol < symbol_addresses_.size() &&
        symbol_addresses_[row->symbol]) {
      return *symbol_addresses_[row->symbol] + addend;
    }
    return std::nullopt;
  }
  const std::uint64_t stored = word_of(*bytes);
  // Without a relocation it would point to an address that nobody has chosen; only NULL makes
  // sense.
  return stored == 0 || is_packed(address) ? std::optional(stored) : std::nullopt;
}

}  // namespace tidemill::inspection
