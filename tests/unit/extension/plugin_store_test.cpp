#include "extension/plugin_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "io/posix_disk.hpp"
#include "tests/unit/extension/scripted_plugin.hpp"

namespace tidemill::extension {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

/// Real files in a directory of its own; built_plugins/versioned_1.so and so on come from
/// plugins/versioned.cpp.
struct plugin_store_test : ::testing::Test {
  fs::path home = fs::temp_directory_path() / ("tidemill-store-" + std::to_string(::getpid()));
  fs::path plugins = home / "plugins";
  testing::surroundings around;
  std::unique_ptr<io::disk> disk = io::make_posix_disk();
  test::manual_blocking_pool control;
  std::unique_ptr<plugin_store> store;
  wanted_extensions wanted;

  plugin_store_test() {
    fs::remove_all(home);
    fs::create_directories(plugins);
    wanted.directories = {plugins.string()};
    store = std::make_unique<plugin_store>(*disk, control, around.environment,
                                           (home / "copies").string());
  }
  ~plugin_store_test() override { fs::remove_all(home); }

  /// Replaces the file as a package manager does: the new one beside it, then renamed.
  void install(const std::string& built, const std::string& as) const {
    const fs::path next = plugins / (as + ".next");
    fs::copy_file(fs::path(TIDEMILL_TEST_PLUGIN_DIRECTORY) / built, next);
    fs::permissions(next, fs::perms(0644));
    fs::rename(next, plugins / as);
  }
  std::shared_ptr<const extension_set> load(const extension_set* before = nullptr) const {
    return store->load(wanted, before);
  }
  static std::string version_of(const extension_set& made) {
    return made.plugins.at("versioned")->about.version;
  }
};

TEST_F(plugin_store_test, a_directory_that_is_not_there_is_told_unless_it_is_the_brokers_own) {
  wanted.directories.push_back((home / "nowhere").string());
  EXPECT_THAT(load()->problems, ElementsAre(HasSubstr("nowhere cannot be looked at")));
  wanted.directories.pop_back();
  wanted.shipped_directories.push_back((home / "nowhere").string());
  const auto made = load();
  EXPECT_THAT(made->problems, IsEmpty());
  EXPECT_TRUE(made->plugins.empty());
}

// What decides about records is what a restart would run.
TEST_F(plugin_store_test, a_changed_rule_is_told_and_runs_once_it_is_accepted) {
  const std::string text = "return tidemill.validate { record = function(rec) return keep end }";
  const auto write = [&](const std::string& front) {
    std::ofstream(plugins / "v.lua") << front << text;
    fs::permissions(plugins / "v.lua", fs::perms(0644));
  };
  const auto source_of = [](const extension_set& made) {
    return made.rules.empty() ? "" : made.rules.front().source;
  };
  wanted.directories.clear();
  wanted.rules.directory = plugins.string();
  write("");
  const auto first = load();
  ASSERT_THAT(first->problems, IsEmpty());
  ASSERT_EQ(first->fresh_rules.size(), 1U);
  EXPECT_EQ(source_of(*first), text) << "nothing is there that it could take the place of";
  wanted.rules.accepted = first->fresh_rules;
  write("-- 2\n");
  const auto second = load(first.get());
  ASSERT_EQ(second->fresh_rules.size(), 1U);
  EXPECT_EQ(second->fresh_rules.front().source, "-- 2\n" + text);
  EXPECT_EQ(source_of(*second), text);
  EXPECT_EQ(second->instances.at("lua:v.lua"), first->instances.at("lua:v.lua"));
  wanted.rules.accepted = second->fresh_rules;
  const auto third = load(second.get());
  EXPECT_THAT(third->fresh_rules, IsEmpty());
  EXPECT_EQ(source_of(*third), "-- 2\n" + text);
  EXPECT_EQ(third->instances.at("lua:v.lua")->fingerprint(),
            std::stoull(third->rules.front().sha256.substr(0, 16), nullptr, 16));
}

TEST_F(plugin_store_test, a_plugin_is_loaded_from_a_copy_and_made_an_instance_of) {
  install("versioned_1.so", "versioned.so");
  const auto made = load();
  EXPECT_THAT(made->problems, IsEmpty());
  EXPECT_EQ(version_of(*made), "1.0.0");
  EXPECT_TRUE(made->instances.contains("versioned"));
  const std::string& hash = made->plugins.at("versioned")->sha256;
  EXPECT_EQ(hash.size(), 64U);
  EXPECT_TRUE(fs::exists(home / "copies" / ("versioned-" + hash.substr(0, 16) + ".so")));
}

TEST_F(plugin_store_test, what_has_not_changed_is_taken_over) {
  install("versioned_1.so", "versioned.so");
  const auto first = load();
  const auto second = load(first.get());
  EXPECT_EQ(first->plugins.at("versioned"), second->plugins.at("versioned"));
  EXPECT_EQ(first->instances.at("versioned"), second->instances.at("versioned"));
  EXPECT_EQ(store->mapped(), 1U);
}

TEST_F(plugin_store_test, a_new_version_lives_beside_the_old_one) {
  install("versioned_1.so", "versioned.so");
  const auto first = load();
  install("versioned_2.so", "versioned.so");
  const auto second = load(first.get());
  EXPECT_THAT(second->problems, IsEmpty());
  EXPECT_EQ(version_of(*first), "1.0.0");
  EXPECT_EQ(version_of(*second), "2.0.0");
  EXPECT_NE(first->instances.at("versioned"), second->instances.at("versioned"));
  EXPECT_EQ(store->mapped(), 2U);
  install("versioned_1.so", "versioned.so");
  EXPECT_EQ(version_of(*load(second.get())), "1.0.0");
  EXPECT_EQ(store->mapped(), 2U);
}

TEST_F(plugin_store_test, a_broken_file_is_one_clear_problem_and_the_old_version_goes_on) {
  install("versioned_1.so", "versioned.so");
  const auto first = load();
  std::ofstream(plugins / "versioned.so.next") << "this is no library";
  fs::rename(plugins / "versioned.so.next", plugins / "versioned.so");
  const auto second = load(first.get());
  ASSERT_EQ(second->problems.size(), 1U);
  EXPECT_THAT(second->problems[0],
              ::testing::AllOf(HasSubstr((plugins / "versioned.so").string() + ": "),
                               HasSubstr("ELF"), HasSubstr("; versioned 1.0.0 goes on")));
  EXPECT_EQ(first->instances.at("versioned"), second->instances.at("versioned"));
}

TEST_F(plugin_store_test, a_file_that_went_is_told_and_its_plugin_goes_on) {
  install("versioned_1.so", "versioned.so");
  const auto first = load();
  fs::remove(plugins / "versioned.so");
  const auto second = load(first.get());
  ASSERT_EQ(second->problems.size(), 1U);
  EXPECT_THAT(second->problems[0], HasSubstr("is not there any more; versioned 1.0.0 goes on"));
  EXPECT_EQ(first->instances.at("versioned"), second->instances.at("versioned"));
}

TEST_F(plugin_store_test, files_and_directories_that_others_may_write_to_are_refused) {
  install("versioned_1.so", "versioned.so");
  fs::permissions(plugins / "versioned.so", fs::perms(0666));
  EXPECT_THAT(load()->problems, ElementsAre(HasSubstr("versioned.so may be written by others")));
  fs::permissions(plugins / "versioned.so", fs::perms(0644));
  fs::permissions(plugins, fs::perms(0777));
  EXPECT_THAT(load()->problems, ElementsAre(HasSubstr("plugins may be written by others")));
  fs::permissions(plugins, fs::perms(0755));
  EXPECT_THAT(load()->problems, IsEmpty());
}

TEST_F(plugin_store_test, what_belongs_to_another_user_is_refused) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "only root can give files away";
  }
  install("versioned_1.so", "versioned.so");
  ASSERT_EQ(::chown((plugins / "versioned.so").c_str(), 12345, 0), 0);
  EXPECT_THAT(load()->problems, ElementsAre(HasSubstr("versioned.so belongs to another user")));
}

TEST_F(plugin_store_test, links_and_directories_named_like_plugins_are_no_plugins) {
  install("versioned_1.so", "real.so");
  fs::create_symlink(plugins / "real.so", plugins / "linked.so");
  fs::create_directory(plugins / "folder.so");
  const auto made = load();
  EXPECT_THAT(made->problems, ElementsAre(HasSubstr("linked.so is a symbolic link")));
  EXPECT_EQ(made->plugins.size(), 1U);
}

TEST_F(plugin_store_test, of_two_files_of_one_plugin_the_first_counts) {
  install("versioned_1.so", "a.so");
  install("versioned_2.so", "b.so");
  const auto made = load();
  EXPECT_EQ(version_of(*made), "1.0.0");
  EXPECT_THAT(made->problems, ElementsAre(HasSubstr("b.so says that it is the plugin "
                                                    "\"versioned\"")));
  EXPECT_EQ(store->mapped(), 1U);
}

TEST_F(plugin_store_test, an_earlier_directory_hides_the_files_of_a_later_one) {
  const fs::path own = home / "own";
  fs::create_directories(own);
  install("versioned_1.so", "versioned.so");
  install("versioned_2.so", "other.so");
  fs::rename(plugins / "other.so", own / "versioned.so");
  wanted.directories.insert(wanted.directories.begin(), own.string());
  const auto made = load();
  EXPECT_THAT(made->problems, IsEmpty());
  EXPECT_EQ(version_of(*made), "2.0.0");
}

TEST_F(plugin_store_test, instances_of_the_configuration_are_made_checked_and_kept) {
  install("versioned_1.so", "versioned.so");
  instance_settings settings;
  settings.name = "keys";
  settings.plugin = "versioned";
  settings.config["answer"] = std::int64_t{2};
  wanted.instances = {settings};
  const auto first = load();
  EXPECT_THAT(first->problems, IsEmpty());
  EXPECT_TRUE(first->instances.contains("keys"));
  wanted.instances[0].config = {{"anser", std::int64_t{2}}};
  const auto second = load(first.get());
  EXPECT_THAT(second->problems,
              ElementsAre("extension \"keys\": config.anser: unknown key; did you mean "
                          "config.answer?; the one before goes on"));
  EXPECT_EQ(first->instances.at("keys"), second->instances.at("keys"));
  wanted.instances[0].config = {{"answer", std::int64_t{13}}};
  EXPECT_THAT(load(second.get())->problems,
              ElementsAre(HasSubstr("it could not be made: answer: thirteen brings bad luck")));
}

TEST_F(plugin_store_test, a_required_instance_that_cannot_be_made_is_told_apart) {
  install("versioned_1.so", "versioned.so");
  instance_settings settings;
  settings.name = "keys";
  settings.plugin = "versoned";
  wanted.instances = {settings};
  EXPECT_THAT(load()->missing_required, IsEmpty());
  wanted.instances[0].is_required = true;
  EXPECT_EQ(load()->missing_required,
            "extension \"keys\": there is no plugin \"versoned\"; did you mean \"versioned\"?");
}

TEST_F(plugin_store_test, every_bad_plugin_is_refused_before_its_code_runs) {
  install("bad_major.so", "bad_major.so");
  const auto made = load();
  ASSERT_EQ(made->problems.size(), 1U);
  EXPECT_THAT(made->problems[0], HasSubstr("ABI major 2, expected 1"));
  EXPECT_EQ(store->mapped(), 0U);
}

TEST_F(plugin_store_test, one_that_would_make_stacks_executable_is_refused) {
  install("executable_stack.so", "executable_stack.so");
  EXPECT_THAT(load()->problems, ElementsAre(HasSubstr("makes the stacks of the whole process "
                                                      "executable (PT_GNU_STACK)")));
  EXPECT_EQ(store->mapped(), 0U);
}

TEST_F(plugin_store_test, load_that_fails_keeps_the_plugin_away_until_it_does_not) {
  install("bad_load.so", "bad_load.so");
  EXPECT_THAT(load()->problems, ElementsAre(HasSubstr("bad_load.so: load: not today")));
  EXPECT_THAT(load()->problems, ElementsAre(HasSubstr("bad_load.so: load: not today")));
  EXPECT_EQ(store->mapped(), 1U);
  ::setenv("TIDEMILL_TEST_LOADS", "1", 1);
  const auto made = load();
  ::unsetenv("TIDEMILL_TEST_LOADS");
  EXPECT_THAT(made->problems, IsEmpty());
  EXPECT_TRUE(made->instances.contains("bad_load"));
  // The same copy, not one for each try.
  EXPECT_EQ(store->mapped(), 1U);
}

TEST_F(plugin_store_test, a_copy_that_could_not_be_written_is_tried_again) {
  EXPECT_THAT(load()->problems, IsEmpty());
  install("versioned_1.so", "versioned.so");
  fs::remove_all(home / "copies");
  const auto without = load();
  EXPECT_THAT(without->problems, ElementsAre(HasSubstr("cannot be made: No such file")));
  fs::create_directories(home / "copies");
  const auto made = load(without.get());
  EXPECT_THAT(made->problems, IsEmpty());
  EXPECT_TRUE(made->instances.contains("versioned"));
}

TEST_F(plugin_store_test, a_plugin_that_cannot_be_made_without_configuration_is_told) {
  install("fickle_2.so", "fickle.so");
  const auto made = load();
  EXPECT_THAT(made->problems, ElementsAre(HasSubstr("fickle.so: it could not be made: the second "
                                                    "version is no good")));
  EXPECT_FALSE(made->instances.contains("fickle"));
}

TEST_F(plugin_store_test, a_failing_create_at_a_reload_leaves_the_instance_before_in_work) {
  install("fickle_1.so", "fickle.so");
  install("versioned_1.so", "versioned.so");
  const auto first = load();
  EXPECT_THAT(first->problems, IsEmpty());
  constexpr auto gzip = static_cast<std::size_t>(record::compression_type::gzip);
  ASSERT_NE(first->codecs.at(gzip), nullptr);
  install("fickle_2.so", "fickle.so");
  install("versioned_13.so", "versioned.so");  // has keys, all with defaults
  const auto second = load(first.get());
  EXPECT_THAT(second->problems,
              ElementsAre(::testing::AllOf(HasSubstr("fickle.so: it could not be made: the second"),
                                           HasSubstr("no good; the one before goes on")),
                          ::testing::AllOf(HasSubstr("thirteen brings bad luck"),
                                           HasSubstr("; the one before goes on"))));
  EXPECT_EQ(second->codecs.at(gzip), first->codecs.at(gzip));
  EXPECT_EQ(second->instances.at("fickle"), first->instances.at("fickle"));
  EXPECT_EQ(second->instances.at("versioned"), first->instances.at("versioned"));
}

TEST_F(plugin_store_test, a_version_that_lacks_a_kind_in_use_does_not_take_over) {
  install("versioned_1.so", "versioned.so");
  instance_settings settings;
  settings.name = "keys";
  settings.plugin = "versioned";
  wanted.instances = {settings};
  const auto first = load();
  install("versioned_retention.so", "versioned.so");
  const auto second =
      store->load(wanted, first.get(), {{"versioned", {kind::partitioner}}, {"keys", {}}});
  EXPECT_THAT(
      second->problems,
      ElementsAre(::testing::AllOf(
          HasSubstr("versioned.so: versioned 3.0.0 is no partitioner any more, as versioned "
                    "1.0.0 is, and is used as one"),
          HasSubstr("; the one before goes on"))));
  EXPECT_EQ(second->instances.at("versioned"), first->instances.at("versioned"));
  // Nobody uses this one as a partitioner.
  EXPECT_NE(second->instances.at("keys"), first->instances.at("keys"));
}

TEST_F(plugin_store_test, a_file_that_was_renamed_is_shown_where_it_is_now) {
  install("versioned_1.so", "versioned.so");
  const auto first = load();
  EXPECT_EQ(first->paths.at("versioned"), (plugins / "versioned.so").string());
  fs::rename(plugins / "versioned.so", plugins / "other.so");
  const auto second = load(first.get());
  EXPECT_THAT(second->problems, IsEmpty());
  EXPECT_EQ(second->paths.at("versioned"), (plugins / "other.so").string());
  // What is broken there now is told of the plugin that came from there.
  std::ofstream(plugins / "other.so.next") << "this is no library";
  fs::rename(plugins / "other.so.next", plugins / "other.so");
  EXPECT_THAT(load(second.get())->problems, ElementsAre(HasSubstr("; versioned 1.0.0 goes on")));
}

TEST_F(plugin_store_test, refusals_are_remembered_as_long_as_their_files_are_there) {
  std::ofstream(plugins / "a.so") << "no library";
  std::ofstream(plugins / "b.so") << "no library";
  std::ofstream(plugins / "c.so") << "no library either";
  EXPECT_THAT(load()->problems,
              ElementsAre(HasSubstr("a.so: "), HasSubstr("b.so: "), HasSubstr("c.so: ")));
  EXPECT_EQ(store->refused(), 2U);
  EXPECT_THAT(load()->problems,
              ElementsAre(HasSubstr("a.so: "), HasSubstr("b.so: "), HasSubstr("c.so: ")));
  fs::remove(plugins / "c.so");
  EXPECT_EQ(load()->problems.size(), 2U);
  EXPECT_EQ(store->refused(), 1U);
}

}  // namespace
}  // namespace tidemill::extension
