#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tidemill/abi.h"

/// C++20 on top of the C ABI: header-only, so it lies inside the plugin and promises nothing across
/// the line. Whoever writes a plugin includes tidemill/plugin.hpp.
namespace tidemill::sdk {

/// Bytes of somebody else; null and empty differ.
class bytes {
 public:
  constexpr bytes() noexcept = default;
  constexpr bytes(tidemill_bytes raw) noexcept : raw_(raw) {}

  [[nodiscard]] constexpr bool is_null() const noexcept { return raw_.data == nullptr; }
  /// Null or of size 0.
  [[nodiscard]] constexpr bool empty() const noexcept { return raw_.size == 0; }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return raw_.size; }
  [[nodiscard]] constexpr const std::uint8_t* begin() const noexcept { return raw_.data; }
  [[nodiscard]] constexpr const std::uint8_t* end() const noexcept { return raw_.data + raw_.size; }
  [[nodiscard]] constexpr std::uint8_t operator[](std::size_t at) const noexcept {
    return raw_.data[at];
  }
  [[nodiscard]] constexpr std::span<const std::uint8_t> span() const noexcept {
    return {raw_.data, raw_.size};
  }
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(raw_.data), raw_.size};
  }
  [[nodiscard]] constexpr tidemill_bytes raw() const noexcept { return raw_; }

 private:
  tidemill_bytes raw_{nullptr, 0};
};

[[nodiscard]] inline tidemill_bytes raw_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// What a call says when it does not succeed: `return failure{TIDEMILL_CORRUPT, "the frame is
/// cut"};`
struct failure {
  tidemill_status status = TIDEMILL_INTERNAL;
  std::string message;
  std::int32_t record_index = -1;
};

/// A value or a failure.
template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : value_(std::move(value)) {}
  result(failure why) : failure_(std::move(why)) {}

  explicit operator bool() const noexcept { return value_.has_value(); }
  [[nodiscard]] T& operator*() noexcept { return *value_; }
  [[nodiscard]] const T& operator*() const noexcept { return *value_; }
  [[nodiscard]] T* operator->() noexcept { return &*value_; }
  [[nodiscard]] const T* operator->() const noexcept { return &*value_; }
  [[nodiscard]] const failure& error() const noexcept { return failure_; }

 private:
  std::optional<T> value_;
  failure failure_;
};

/// How a call without a value went: well, by one of the good statuses, or a failure.
class [[nodiscard]] outcome {
 public:
  constexpr outcome() noexcept = default;
  constexpr outcome(tidemill_status status) noexcept : status_(status) {}
  outcome(failure why) : status_(why.status), why_(std::move(why)) {}

  [[nodiscard]] tidemill_status status() const noexcept { return status_; }
  [[nodiscard]] const std::optional<failure>& why() const noexcept { return why_; }

 private:
  tidemill_status status_ = TIDEMILL_OK;
  std::optional<failure> why_;
};

/// For where nothing can be returned, such as a constructor. Never leaves the plugin: the table's
/// functions turn it, and any other exception, into a status and a message.
class error : public std::runtime_error {
 public:
  error(tidemill_status status, const std::string& message)
      : std::runtime_error(message), status_(status) {}
  [[nodiscard]] tidemill_status status() const noexcept { return status_; }

 private:
  tidemill_status status_;
};

/// The configuration cannot be used: name the key, what was found and what was expected.
class config_error : public error {
 public:
  explicit config_error(const std::string& message) : error(TIDEMILL_CONFIG, message) {}
};

/// Writes into the caller's error; nullptr is allowed.
inline void fill(tidemill_error* into, std::string_view message,
                 std::int32_t record_index = -1) noexcept {
  if (into == nullptr) {
    return;
  }
  const std::size_t size = std::min(message.size(), sizeof into->message);
  if (size > 0) {
    std::memcpy(into->message, message.data(), size);
  }
  into->message_size = static_cast<std::uint32_t>(size);
  into->record_index = record_index;
}

/// Runs `call`, which returns void, tidemill_status or outcome. What it throws becomes a status;
/// what goes wrong is told in `into`.
template <class Call>
tidemill_status guarded(tidemill_error* into, Call&& call) noexcept {
#if defined(__cpp_exceptions)
  try {
#endif
    using answer = std::invoke_result_t<Call>;
    if constexpr (std::is_void_v<answer>) {
      call();
      return TIDEMILL_OK;
    } else if constexpr (std::is_same_v<answer, outcome>) {
      const outcome went = call();
      if (went.why()) {
        fill(into, went.why()->message, went.why()->record_index);
      }
      return went.status();
    } else {
      static_assert(std::is_same_v<answer, tidemill_status>, "return void, a status or an outcome");
      return call();
    }
#if defined(__cpp_exceptions)
  } catch (const error& thrown) {
    fill(into, thrown.what());
    return thrown.status();
  } catch (const std::bad_alloc&) {
    fill(into, "out of memory");
    return TIDEMILL_NO_MEMORY;
  } catch (const std::exception& thrown) {
    fill(into, thrown.what());
    return TIDEMILL_INTERNAL;
  } catch (...) {
    fill(into, "an exception that is no std::exception");
    return TIDEMILL_INTERNAL;
  }
#endif
}

/// Throws, or ends the process where exceptions are off.
[[noreturn]] inline void raise(tidemill_status status, const std::string& message) {
#if defined(__cpp_exceptions)
  throw error(status, message);
#else
  (void)status;
  (void)message;
  std::terminate();
#endif
}

}  // namespace tidemill::sdk
