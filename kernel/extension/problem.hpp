#pragma once

#include <string>

#include "base/result.hpp"

namespace tidemill::extension {

/// What is wrong, in one sentence for a person: where, what was found, what was expected. Nobody
/// decides by what kind of fault it was, so there is no code beside it.
struct problem {
  std::string sentence;
};
template <class T>
using outcome = boost::system::result<T, problem>;

}  // namespace tidemill::extension
