#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <utility>

namespace tidemill {

/// The one error idiom of the kernel: a value or a boost::system::error_code. Each room defines one
/// `enum class errc` with a category; operating-system errors travel in the system category. The
/// kernel throws nothing, and `.value()` (which throws) is for tests only.
template <class T>
using result = boost::system::result<T>;
using error_code = boost::system::error_code;

}  // namespace tidemill

#define TIDEMILL_CONCATENATE_(a, b) a##b
#define TIDEMILL_CONCATENATE(a, b) TIDEMILL_CONCATENATE_(a, b)

/// Returns the error of a result<void> to the caller, or goes on.
#define TIDEMILL_TRY(expression)      \
  do {                                \
    auto try_outcome_ = (expression); \
    if (!try_outcome_)                \
      return try_outcome_.error();    \
  } while (false)

/// Declares `variable` with the value of a result<T>, or returns its error to the caller.
#define TIDEMILL_TRY_ASSIGN(variable, expression) \
  TIDEMILL_TRY_ASSIGN_(variable, TIDEMILL_CONCATENATE(try_assign_outcome_, __LINE__), expression)
#define TIDEMILL_TRY_ASSIGN_(variable, outcome, expression) \
  auto outcome = (expression);                              \
  if (!outcome)                                             \
    return outcome.error();                                 \
  auto variable = std::move(*outcome)
