#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "terminal/output.hpp"

namespace tidemill::cli {

/// Says what is wrong with a command line that `app` could not read: a command that there is not,
/// by name and with the one that was probably meant, or else `why`. Ends with 2.
void tell_wrong_words(const CLI::App& app, const std::vector<std::string>& words,
                      const std::string& why, output& out);

}  // namespace tidemill::cli
