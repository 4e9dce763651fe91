#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/unique_function.hpp"
#include "extension/extensions.hpp"
#include "io/clock.hpp"
#include "metadata/controller.hpp"
#include "server/logging/logger.hpp"

namespace tidemill::server {

/// Why a rule was not put into force: the HTTP status that says it, and a sentence.
struct rule_refusal {
  unsigned status = 400;
  std::string sentence;
};
template <class T>
using rule_outcome = boost::system::result<T, rule_refusal>;

/// Puts rules into force: checks a text, has the controller keep it, and lets the extensions look
/// again. In that order, so that a crash leaves the rule before or the new one, and what runs is
/// what a restart runs. Lives on the loop of the first shard, where everything is called.
class rule_deployment {
 public:
  /// Borrows everything. `look_again` has the extensions take what the metadata says.
  using done_with_problems = unique_function<void(std::vector<std::string>)>;
  rule_deployment(extension::extensions& extensions, metadata::controller& controller,
                  const io::clock& clock, logger& log,
                  unique_function<void(done_with_problems)> look_again);

  /// Keeps rules that files have brought; `done` tells whether they are.
  void keep(std::vector<extension::accepted_rule> fresh, unique_function<void(bool)> done);
  using completion = unique_function<void(rule_outcome<extension::accepted_rule>)>;
  void apply(std::string file, std::string source, completion done);
  /// Back to the version before the one in force, or to that whose SHA-256 begins with `version`.
  void roll_back(const std::string& file, std::string_view version, completion done);
  /// Refused while a topic names the rule.
  void remove(const std::string& file, unique_function<void(rule_outcome<void>)> done);

 private:
  void put_in_force(extension::accepted_rule rule, completion done);

  extension::extensions& extensions_;
  metadata::controller& controller_;
  const io::clock& clock_;
  logger& log_;
  unique_function<void(done_with_problems)> look_again_;
};

/// The settings of topics that name a rule, or any extension.
struct rule_use {
  std::string topic;
  std::string setting;
};
[[nodiscard]] std::vector<rule_use> uses_of_extension(const metadata::image& image,
                                                      std::string_view name);
[[nodiscard]] std::vector<rule_use> uses_of_rule(const metadata::image& image,
                                                 std::string_view file);

}  // namespace tidemill::server
