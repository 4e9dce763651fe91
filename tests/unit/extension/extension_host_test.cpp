#include "extension/extension_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "io/posix_disk.hpp"
#include "partition/partitioner_check.hpp"
#include "tests/unit/extension/scripted_plugin.hpp"

namespace tidemill::extension {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

/// Two shards whose loops turn by hand, and plugins/versioned.cpp in two versions: the first sends
/// everything to partition 1, the second to 2.
struct extension_host_test : ::testing::Test {
  fs::path home = fs::temp_directory_path() / ("tidemill-host-" + std::to_string(::getpid()));
  fs::path plugins = home / "plugins";
  test::manual_clock clock;
  test::manual_event_loop first{clock};
  test::manual_event_loop second{clock};
  test::manual_blocking_pool control;
  test::manual_blocking_pool pool;
  testing::recording_log log;
  std::unique_ptr<io::disk> disk = io::make_posix_disk();
  std::unique_ptr<extensions> all;
  wanted_extensions wanted;
  bool is_stopped = false;

  extension_host_test() {
    fs::remove_all(home);
    fs::create_directories(plugins);
    wanted.directories = {plugins.string()};
    install("versioned_1.so");
    all = make_extensions(
        {{&first, &second}, control, pool, *disk, clock, log, (home / "copies").string(), "0.1.0"});
  }
  ~extension_host_test() override {
    all->stop([this] { is_stopped = true; });
    run();
    EXPECT_TRUE(is_stopped);
    fs::remove_all(home);
  }

  void install(const std::string& built, const std::string& as = "versioned.so") const {
    const fs::path next = plugins / "versioned.next";
    fs::copy_file(fs::path(TIDEMILL_TEST_PLUGIN_DIRECTORY) / built, next);
    fs::permissions(next, fs::perms(0644));
    fs::rename(next, plugins / as);
  }
  void run() {
    while (first.run() + second.run() > 0) {
    }
  }
  load_outcome load() {
    std::optional<load_outcome> outcome;
    all->load(wanted, [&](load_outcome made) { outcome = std::move(made); });
    run();
    EXPECT_TRUE(outcome.has_value());
    return outcome.value_or(load_outcome{});
  }
  extension_report report() {
    std::optional<extension_report> got;
    all->report([&](extension_report now) { got = std::move(now); });
    run();
    EXPECT_TRUE(got.has_value());
    return got.value_or(extension_report{});
  }
  instance_report report_of(const std::string& name) {
    for (const instance_report& one : report().instances) {
      if (one.name == name) {
        return one;
      }
    }
    ADD_FAILURE() << "no instance " << name;
    return {};
  }
  /// What a record for partition 1 meets on a shard; empty: it passes.
  static std::string verify(partition::partitioner_check& check, std::uint32_t shard) {
    const byte_buffer bytes = testing::batch_of({"key"});
    const record::batch_view batch(bytes);
    partition::objections found;
    check.verify(testing::destination(shard), batch, batch.records_bytes(), found);
    return found.records.empty() ? found.message : found.records.front().message;
  }
};

TEST_F(extension_host_test, names_are_checked_against_what_there_is) {
  EXPECT_THAT(all->problem_with(kind::partitioner, "versioned").value_or(""),
              HasSubstr("there is no partitioner \"versioned\" on this broker; there is none"));
  const load_outcome made = load();
  EXPECT_EQ(made.plugins, 1U);
  EXPECT_EQ(made.instances, 1U);
  EXPECT_EQ(all->problem_with(kind::partitioner, "versioned"), std::nullopt);
  EXPECT_EQ(all->problem_with(kind::partitioner, "versiond"),
            "there is no partitioner \"versiond\" on this broker; did you mean \"versioned\"?");
  EXPECT_EQ(all->problem_with(kind::retention, "versioned"),
            "\"versioned\" is no retention; there is none");
}

TEST_F(extension_host_test, a_reload_changes_each_shard_between_two_calls) {
  load();
  auto& check = *all->partitioner("versioned", verify_mode::reject);
  EXPECT_EQ(verify(check, 0), "");
  EXPECT_EQ(verify(check, 1), "");
  install("versioned_2.so");
  bool is_loaded = false;
  all->load(wanted, [&](const load_outcome&) { is_loaded = true; });
  first.run_one();  // takes over the outcome
  first.run_one();  // shard 0 changes
  const std::string moved =
      "the record belongs into partition 2, not 1, by the partitioner "
      "versioned";
  EXPECT_EQ(verify(check, 0), moved);
  EXPECT_EQ(verify(check, 1), "");
  EXPECT_TRUE(all->is_loading());
  run();
  EXPECT_TRUE(is_loaded);
  EXPECT_EQ(verify(check, 1), moved);
  EXPECT_EQ(report().mapped_files, 2U);
  EXPECT_EQ(report_of("versioned").version, "2.0.0");
}

TEST_F(extension_host_test, a_topic_that_names_what_is_not_there_gets_it_when_it_comes) {
  fs::remove(plugins / "versioned.so");
  load();
  auto& check = *all->partitioner("versioned", verify_mode::reject);
  EXPECT_EQ(verify(check, 0), "");
  install("versioned_2.so");
  load();
  EXPECT_NE(verify(check, 0), "");
}

TEST_F(extension_host_test,
       an_instance_that_left_the_configuration_goes_on_for_topics_that_use_it) {
  instance_settings settings;
  settings.name = "keys";
  settings.plugin = "versioned";
  settings.config["answer"] = std::int64_t{0};
  wanted.instances = {settings};
  load();
  auto& check = *all->partitioner("keys", verify_mode::reject);
  EXPECT_NE(verify(check, 0), "");
  wanted.instances.clear();
  load();
  EXPECT_NE(verify(check, 0), "");
  EXPECT_NE(all->problem_with(kind::partitioner, "keys"), std::nullopt);
  EXPECT_FALSE(report_of("keys").is_current);
}

TEST_F(extension_host_test, disable_lasts_until_the_next_load) {
  install("versioned_2.so");
  load();
  auto& check = *all->partitioner("versioned", verify_mode::reject);
  EXPECT_NE(verify(check, 0), "");
  bool is_known = false;
  all->disable("versioned", [&](bool known) { is_known = known; });
  run();
  EXPECT_TRUE(is_known);
  EXPECT_EQ(verify(check, 0), "");
  EXPECT_EQ(verify(check, 1), "");
  EXPECT_TRUE(report_of("versioned").is_disabled);
  all->disable("nobody", [&](bool known) { is_known = known; });
  EXPECT_FALSE(is_known);
  load();
  EXPECT_NE(verify(check, 0), "");
  EXPECT_FALSE(report_of("versioned").is_disabled);
}

TEST_F(extension_host_test, figures_of_all_shards_come_together) {
  install("versioned_2.so");
  load();
  auto& check = *all->partitioner("versioned", verify_mode::warn);
  EXPECT_EQ(verify(check, 0), "");
  EXPECT_EQ(verify(check, 1), "");
  EXPECT_EQ(verify(check, 1), "");
  const instance_report shown = report_of("versioned");
  ASSERT_EQ(shown.kinds.size(), 1U);
  EXPECT_EQ(shown.kinds[0].figures.calls, 3U);
  EXPECT_EQ(shown.kinds[0].figures.objections, 3U);
  ASSERT_EQ(shown.mismatches.size(), 1U);
  EXPECT_EQ(shown.mismatches[0], (std::pair<std::string, std::uint64_t>("someone", 3)));
}

TEST_F(extension_host_test, a_codec_whose_next_version_cannot_be_made_goes_on) {
  install("fickle_1.so", "fickle.so");
  load();
  const auto* gzip = all->codecs().find(record::compression_type::gzip);
  ASSERT_NE(gzip, nullptr);
  install("fickle_2.so", "fickle.so");
  EXPECT_THAT(load().problems, ::testing::ElementsAre(HasSubstr("; the one before goes on")));
  gzip = all->codecs().find(record::compression_type::gzip);
  ASSERT_NE(gzip, nullptr);
  byte_buffer out;
  EXPECT_TRUE(gzip->decompress(as_bytes("as it is"), 100, out));
  EXPECT_EQ(as_text(out), "as it is");
  EXPECT_EQ(report_of("fickle").version, "1.0.0");
}

TEST_F(extension_host_test, a_name_that_was_refused_is_allowed_when_its_plugin_comes) {
  fs::remove(plugins / "versioned.so");
  load();
  EXPECT_NE(all->problem_with(kind::partitioner, "versioned"), std::nullopt);
  install("versioned_13.so");
  load();
  EXPECT_THAT(all->problem_with(kind::partitioner, "versioned").value_or(""),
              HasSubstr("thirteen brings bad luck"));
  install("versioned_1.so");
  load();
  EXPECT_EQ(all->problem_with(kind::partitioner, "versioned"), std::nullopt);
}

TEST_F(extension_host_test, a_codec_that_is_left_alone_is_shown_so) {
  install("fickle_1.so", "fickle.so");
  load();
  const auto* gzip = all->codecs().find(record::compression_type::gzip);
  ASSERT_NE(gzip, nullptr);
  byte_buffer out;
  EXPECT_TRUE(gzip->decompress(as_bytes("fine"), 100, out));
  EXPECT_EQ(report_of("fickle").kinds.at(0).figures.breaker_state, breaker::state::closed);
  for (int i = 0; i < 30; ++i) {
    EXPECT_FALSE(gzip->decompress(as_bytes("!"), 100, out));
  }
  const instance_report shown = report_of("fickle");
  ASSERT_EQ(shown.kinds.size(), 1U);
  EXPECT_EQ(shown.kinds[0].which, kind::codec);
  EXPECT_EQ(shown.kinds[0].figures.breaker_state, breaker::state::open);
  EXPECT_EQ(shown.kinds[0].figures.breaker_openings, 1U);
  EXPECT_GT(shown.kinds[0].figures.spared, 0U);
}

TEST_F(extension_host_test, a_kind_that_a_topic_uses_is_not_taken_away) {
  load();
  auto& check = *all->partitioner("versioned", verify_mode::reject);
  install("versioned_retention.so");
  EXPECT_THAT(load().problems, ::testing::ElementsAre(HasSubstr("is no partitioner any more")));
  EXPECT_EQ(report_of("versioned").version, "1.0.0");
  EXPECT_EQ(verify(check, 0), "");
  EXPECT_EQ(report_of("versioned").kinds.at(0).figures.calls, 1U);
}

TEST_F(extension_host_test, a_stop_waits_for_the_load_under_way) {
  control.hold();
  bool is_loaded = false;
  all->load(wanted, [&](const load_outcome&) { is_loaded = true; });
  all->stop([&] { is_stopped = true; });
  run();
  EXPECT_FALSE(is_stopped);
  control.release();
  run();
  EXPECT_TRUE(is_loaded);
  EXPECT_TRUE(is_stopped);
  is_stopped = false;
}

}  // namespace
}  // namespace tidemill::extension
