#include "server/rule_deployment.hpp"

#include <algorithm>
#include <utility>

namespace tidemill::server {

std::vector<rule_use> uses_of_rule(const metadata::image& image, std::string_view file) {
  return uses_of_extension(image, extension::rule_name(file));
}

std::vector<rule_use> uses_of_extension(const metadata::image& image, std::string_view name) {
  std::vector<rule_use> uses;
  for (const metadata::topic& topic : image.topics()) {
    for (const metadata::setting& one : topic.settings) {
      if (one.value == name) {
        uses.push_back({topic.name, one.name});
      }
    }
  }
  return uses;
}

namespace {

rule_refusal no_such_rule(std::string_view file) {
  return {404, "there is no rule \"" + std::string(file) + "\""};
}

}  // namespace

rule_deployment::rule_deployment(extension::extensions& extensions,
                                 metadata::controller& controller, const io::clock& clock,
                                 logger& log, unique_function<void(done_with_problems)> look_again)
    : extensions_(extensions),
      controller_(controller),
      clock_(clock),
      log_(log),
      look_again_(std::move(look_again)) {}

namespace {

metadata::rule_record record_of(const extension::accepted_rule& rule, const io::clock& clock) {
  return {rule.file, rule.sha256, rule.source, clock.wall_now().time_since_epoch().count()};
}

}  // namespace

void rule_deployment::keep(std::vector<extension::accepted_rule> fresh,
                           unique_function<void(bool)> done) {
  std::vector<metadata::rule_record> records;
  for (const extension::accepted_rule& rule : fresh) {
    records.push_back(record_of(rule, clock_));
  }
  controller_.accept_rules(
      std::move(records), [this, fresh = std::move(fresh),
                           done = std::move(done)](const metadata::outcome<void>& kept) mutable {
        if (!kept) {
          log_.error("rule_not_kept", {{"message", escaped_text{kept.error().message}}});
          return done(false);
        }
        for (const extension::accepted_rule& rule : fresh) {
          log_.info("rule_accepted", {{"rule", rule.file}, {"sha256", rule.sha256}});
        }
        done(true);
      });
}

void rule_deployment::apply(std::string file, std::string source, completion done) {
  extensions_.check_rule(
      std::move(file), std::move(source),
      [this, done = std::move(done)](extension::outcome<extension::accepted_rule> checked) mutable {
        if (!checked) {
          return done(rule_refusal{400, checked.error().sentence});
        }
        put_in_force(std::move(*checked), std::move(done));
      });
}

void rule_deployment::roll_back(const std::string& file, std::string_view version,
                                completion done) {
  const metadata::rule* rule = controller_.current()->find_rule(file);
  if (rule == nullptr) {
    return done(no_such_rule(file));
  }
  const auto found = std::find_if(
      rule->versions.begin() + 1, rule->versions.end(),
      [&](const metadata::rule::version& one) { return one.sha256.starts_with(version); });
  if (found == rule->versions.end()) {
    return done(rule_refusal{
        409, version.empty() ? "\"" + file + "\" has no version before the one in force"
                             : "\"" + file + "\" has no earlier version " + std::string(version)});
  }
  put_in_force({file, found->sha256, found->source}, std::move(done));
}

void rule_deployment::put_in_force(extension::accepted_rule rule, completion done) {
  auto record = record_of(rule, clock_);
  std::vector<metadata::rule_record> records;
  records.push_back(std::move(record));
  controller_.accept_rules(
      std::move(records), [this, rule = std::move(rule),
                           done = std::move(done)](const metadata::outcome<void>& kept) mutable {
        if (!kept) {
          return done(rule_refusal{503, kept.error().message});
        }
        log_.info("rule_accepted", {{"rule", rule.file}, {"sha256", rule.sha256}});
        look_again_([rule = std::move(rule), done = std::move(done)](
                        const std::vector<std::string>&) mutable { done(std::move(rule)); });
      });
}

void rule_deployment::remove(const std::string& file,
                             unique_function<void(rule_outcome<void>)> done) {
  const auto image = controller_.current();
  if (image->find_rule(file) == nullptr) {
    return done(no_such_rule(file));
  }
  if (const auto uses = uses_of_rule(*image, file); !uses.empty()) {
    return done(rule_refusal{409, uses.front().setting + " of the topic \"" + uses.front().topic +
                                      "\" names \"" + file + "\"" +
                                      (uses.size() > 1 ? ", and others do" : "")});
  }
  controller_.remove_rule(file, [this, file, done = std::move(done)](
                                    const metadata::outcome<void>& removed) mutable {
    if (!removed) {
      return done(rule_refusal{503, removed.error().message});
    }
    log_.info("rule_removed", {{"rule", file}});
    look_again_([done = std::move(done)](const std::vector<std::string>&) mutable { done({}); });
  });
}

}  // namespace tidemill::server
