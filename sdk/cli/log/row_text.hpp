#pragma once

#include <boost/json.hpp>
#include <string>

namespace tidemill::cli {

/// A row of tidemill-log-dump as a line for people, without its file. Rows of a kind that is not
/// known come as JSON. Pure.
[[nodiscard]] std::string row_text(const boost::json::object& row);

}  // namespace tidemill::cli
