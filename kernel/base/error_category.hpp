#pragma once

#include <boost/system/error_code.hpp>
#include <string>
#include <string_view>

namespace tidemill {

// Boost leaves the destructor of error_category public and not virtual; nobody deletes through it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

/// The category of one room's errors; a room has one instance of it, which lives for ever. `Reason`
/// says one of its errors in words.
template <class Code, std::string_view (*Reason)(Code) noexcept>
class error_category final : public boost::system::error_category {
 public:
  /// `name` is borrowed: a literal such as "tidemill.log".
  explicit constexpr error_category(const char* name) noexcept : name_(name) {}

  [[nodiscard]] const char* name() const noexcept override { return name_; }
  [[nodiscard]] std::string message(int value) const override {
    return std::string(Reason(static_cast<Code>(value)));
  }

 private:
  const char* name_;
};

#pragma GCC diagnostic pop

}  // namespace tidemill
