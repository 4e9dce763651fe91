#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/config/value.hpp"

namespace tidemill::server::config {

/// One key with the value that one source gives it; the key need not exist.
struct assignment {
  key_path path;
  written_value value;
  origin where;
};

/// What the sources say, in order of rising importance, and what is wrong with how they say it.
struct assignments {
  std::vector<assignment> values;
  std::vector<problem> problems;
  /// Entries of [[listener]] in the file; nullopt when it has none.
  std::optional<std::size_t> listener_count;
  /// Entries of [[extension]] in the file.
  std::size_t extension_count = 0;
};

/// Adds the keys of a TOML document. `name` is the file's name as messages show it. Bad syntax is
/// one problem, with its line.
void read_toml(std::string_view text, const std::string& name, assignments& into);

/// Adds what the variables named TIDEMILL_<SECTION>__<KEY> and TIDEMILL_LISTENER__<n>__<KEY> say.
/// Any other that starts with TIDEMILL_ is a problem, but for those that cannot be ours: see
/// is_variable_of_others(). In TIDEMILL_TOPIC_DEFAULTS__SEGMENT_BYTES the underscores of the key
/// stand for Kafka's dots.
void read_environment(const std::vector<std::pair<std::string, std::string>>& variables,
                      assignments& into);

/// True for variables that start with TIDEMILL_ and yet speak of something else: what Kubernetes
/// tells every container about a service named tidemill or tidemill-..., and what this project's
/// own tests and benchmarks take.
[[nodiscard]] bool is_variable_of_others(std::string_view name) noexcept;

/// Adds what `--set section.key=value` and `--set listener.0.key=value` say.
void read_overrides(const std::vector<std::string>& overrides, assignments& into);

/// The sentence about a key or section that does not exist, with the name that was probably meant.
[[nodiscard]] std::string unknown_key_sentence(const key_path& path);
[[nodiscard]] std::string unknown_section_sentence(std::string_view name);
/// The same about a variable whose name is none of a key.
[[nodiscard]] std::string unknown_variable_sentence(std::string_view name);

}  // namespace tidemill::server::config
