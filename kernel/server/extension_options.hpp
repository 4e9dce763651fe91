#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extension/extensions.hpp"
#include "metadata/image.hpp"
#include "metadata/topic_settings.hpp"
#include "server/config/configuration.hpp"

namespace tidemill::server {

/// What the configuration asks of extensions. `program_directory` is that of the running program:
/// the plugins that come with it lie in `plugins` beside it (as it was built), or in the library
/// folder of the prefix that it was installed under.
[[nodiscard]] extension::wanted_extensions wanted_extensions(const config::configuration& from,
                                                             const std::string& program_directory);

/// The rules in force.
[[nodiscard]] std::vector<extension::accepted_rule> accepted_rules(const metadata::image& from);

/// Which kind of extension a topic setting names; nullopt for any other setting.
[[nodiscard]] std::optional<extension::kind> kind_of_setting(std::string_view setting) noexcept;

/// Tells the controller which extensions topics may name. Loop of the first shard.
class extension_names final : public metadata::extension_catalog {
 public:
  /// Borrows them. `look` has them look for rules.
  extension_names(const extension::extensions& extensions,
                  std::function<void(unique_function<void()>)> look)
      : extensions_(extensions), look_(std::move(look)) {}
  [[nodiscard]] std::optional<std::string> problem_with(std::string_view setting,
                                                        std::string_view name) const override;
  /// A rule that is not known: its file may have come.
  [[nodiscard]] bool is_worth_a_look(std::string_view name) const override;
  void look(unique_function<void()> done) const override { look_(std::move(done)); }

 private:
  const extension::extensions& extensions_;
  std::function<void(unique_function<void()>)> look_;
};

/// What is wrong with the extensions that [topic_defaults] name; nullopt when nothing is.
[[nodiscard]] std::optional<std::string> problem_with_defaults(
    const metadata::setting_list& defaults, const metadata::extension_catalog& catalog);

}  // namespace tidemill::server
