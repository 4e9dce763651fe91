#pragma once

#include <boost/json.hpp>
#include <boost/system/result.hpp>
#include <string>
#include <utility>

namespace tidemill::cli {

/// Why a command did not do what it was asked: one sentence on what was found and what was
/// expected, one on what to do next (may be empty).
struct problem {
  problem() = default;
  problem(std::string found, std::string next_step, int code = 1)
      : what(std::move(found)), next(std::move(next_step)), exit_code(code) {}

  std::string what;
  std::string next;
  /// 1: it did not work. 2: asked the wrong way.
  int exit_code = 1;
};

/// A value, or why there is none.
template <class T>
using outcome = boost::system::result<T, problem>;

/// What all commands share: how they say what they have found. One thread.
class output {
 public:
  bool as_json = false;
  /// 0: well. 1: it did not work, or something was found wrong. 2: asked the wrong way.
  int exit_code = 0;

  /// Prints `value` where JSON is wanted, else `text`.
  void answer(const boost::json::value& value, const std::string& text) const;
  /// One sentence on what went wrong, one on what to do next.
  void fail(const std::string& what, const std::string& next, int code = 1);
  void fail(const problem& why) { fail(why.what, why.next, why.exit_code); }
};

}  // namespace tidemill::cli
