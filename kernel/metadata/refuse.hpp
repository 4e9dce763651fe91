#pragma once

#include <string>
#include <utility>

#include "metadata/controller.hpp"
#include "metadata/errc.hpp"

namespace tidemill::metadata {

// Makes refusals: with the error's own words, or with better ones.

[[nodiscard]] inline refusal refuse(errc error) {
  return {make_error_code(error), std::string(reason(error))};
}
[[nodiscard]] inline refusal refuse(errc error, std::string message) {
  return {make_error_code(error), std::move(message)};
}
[[nodiscard]] inline refusal refuse(const error_code& error) {
  return {error, error.message()};
}

}  // namespace tidemill::metadata
