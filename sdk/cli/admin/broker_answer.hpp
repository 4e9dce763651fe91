#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>

#include "terminal/output.hpp"

namespace tidemill::cli {

/// What asks the broker's admin server, and shows what it answers.
struct broker_request {
  std::string admin = "127.0.0.1:9644";
  std::string method = "GET";
  std::string path;
  std::string body;
  /// What to do next when the broker refuses.
  std::string next;
};
/// nullopt when it failed and that has been told; a text that is no JSON comes as a string.
[[nodiscard]] std::optional<boost::json::value> ask_broker(const broker_request& wanted,
                                                           output& out);
/// The broker's answer for people: one fact a line.
[[nodiscard]] std::string facts_of(const boost::json::value& value);
/// A field of an object as text, "-" where it is missing.
[[nodiscard]] std::string field_of(const boost::json::value& of, const char* name);
[[nodiscard]] const boost::json::array& array_of(const boost::json::value& of, const char* name);

}  // namespace tidemill::cli
