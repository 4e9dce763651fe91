#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace tidemill::rules {

/// What a rule remembers from record to record: so many entries and no more, of which the one that
/// was set longest ago makes room. One thread.
class bounded_map {
 public:
  using value = std::variant<std::monostate, bool, std::int64_t, double, std::string>;
  static constexpr std::size_t key_bytes_max = 256;
  static constexpr std::size_t text_bytes_max = 256;

  explicit bounded_map(std::size_t entries_max) : entries_max_(entries_max) {}

  /// nullptr when it is not there.
  [[nodiscard]] const value* find(std::string_view key) const noexcept;
  /// std::monostate takes it out. False when there is no memory.
  bool set(std::string_view key, value what) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct entry {
    std::string key;
    value what;
  };
  void put(std::string_view key, value what);

  std::size_t entries_max_;
  /// Oldest first; the index borrows the keys.
  std::list<entry> entries_;
  std::unordered_map<std::string_view, std::list<entry>::iterator> index_;
};

}  // namespace tidemill::rules
