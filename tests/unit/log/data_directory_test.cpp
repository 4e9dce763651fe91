#include "log/data_directory.hpp"

#include <gtest/gtest.h>

#include "log/ballast.hpp"
#include "log/checkpoint_file.hpp"
#include "tests/support/log_builder.hpp"

namespace tidemill::log {
namespace {

using test::make_batch;
using test::simulated_disk;
using test::simulated_log;

log_state some_state() {
  log_state state{offset{5}, offset{1234}, leader_epoch{3}, {}};
  state.segments.push_back({offset{0}, 1000, 77, offset{9}, 50, 1, 2});
  state.segments.push_back({offset{700}, 500, 99, offset{1000}, 60, 3, 4});
  return state;
}

TEST(data_directory, second_user_is_refused) {
  simulated_disk disk;
  auto first = data_directory::open(disk, "/data").value();
  EXPECT_EQ(data_directory::open(disk, "/data").error(), errc::directory_in_use);
  first.reset();
  EXPECT_TRUE(data_directory::open(disk, "/data"));
}

TEST(data_directory, identity_survives) {
  simulated_disk disk;
  const data_directory_identity identity{make_random_uuid(1, 2), broker_id{7},
                                         make_random_uuid(3, 4)};
  {
    auto opened = data_directory::open(disk, "/data").value();
    EXPECT_FALSE(opened->read_identity().value());
    ASSERT_TRUE(opened->write_identity(identity));
  }
  auto opened = data_directory::open(disk, "/data").value();
  EXPECT_EQ(opened->read_identity().value(), identity);
  disk.set_content("/data/meta.toml", as_bytes("node_id = x\n"));
  EXPECT_EQ(opened->read_identity().error(), errc::meta_malformed);
}

TEST(data_directory, clean_state_comes_back_once_and_a_crash_voids_it) {
  simulated_disk disk;
  {
    auto opened = data_directory::open(disk, "/data").value();
    EXPECT_TRUE(opened->was_clean());
    for (const char* name : {"topic-0", "topic-1"}) {
      ASSERT_TRUE(disk.create_directories(opened->path_of(name)));
      opened->note_created(name);
      opened->put_clean(name, some_state());
    }
    opened->set_high_watermark("topic-0", offset{1200});
    ASSERT_TRUE(opened->close_clean(42));
    EXPECT_TRUE(disk.exists("/data/.kafka_cleanshutdown"));
  }
  ASSERT_TRUE(disk.sync_directory("/data"));
  disk.crash();
  {
    auto opened = data_directory::open(disk, "/data").value();
    EXPECT_TRUE(opened->was_clean());
    EXPECT_FALSE(disk.exists("/data/.kafka_cleanshutdown"));
    EXPECT_FALSE(disk.exists("/data/clean-state"));
    EXPECT_EQ(opened->log_names(), (std::vector<std::string>{"topic-0", "topic-1"}));
    const known_log known = opened->take("topic-0");
    EXPECT_TRUE(known.exists);
    EXPECT_EQ(known.clean, some_state());
    EXPECT_EQ(known.recovery_point, offset{1234});
    EXPECT_EQ(known.log_start, offset{5});
    EXPECT_EQ(known.high_watermark, offset{1200});
    EXPECT_FALSE(opened->take("topic-0").clean);
    // topic-1 was never opened: it keeps its state. topic-0 was taken and not put back.
    ASSERT_TRUE(opened->close_clean(43));
  }
  {
    auto opened = data_directory::open(disk, "/data").value();
    EXPECT_FALSE(opened->take("topic-0").clean);
    EXPECT_EQ(opened->take("topic-1").clean, some_state());
  }
  disk.crash();
  auto opened = data_directory::open(disk, "/data").value();
  EXPECT_FALSE(opened->was_clean());
  EXPECT_FALSE(opened->take("topic-1").clean);
  EXPECT_EQ(opened->take("topic-1").recovery_point, offset{1234});
}

TEST(data_directory, every_damaged_byte_of_the_clean_state_voids_it) {
  simulated_disk disk;
  {
    auto opened = data_directory::open(disk, "/data").value();
    ASSERT_TRUE(disk.create_directories(opened->path_of("topic-0")));
    opened->put_clean("topic-0", some_state());
    ASSERT_TRUE(opened->close_clean(1));
  }
  const byte_buffer whole = *disk.content("/data/clean-state");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    disk.set_content("/data/clean-state", whole);
    disk.flip_bit("/data/clean-state", at, static_cast<unsigned>(at % 8));
    auto opened = data_directory::open(disk, "/data").value();
    ASSERT_FALSE(opened->was_clean()) << at;
    ASSERT_FALSE(opened->take("topic-0").clean);
    ASSERT_EQ(opened->warnings().size(), 1U);
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    disk.set_content("/data/clean-state", bytes_view(whole).first(size));
    auto opened = data_directory::open(disk, "/data").value();
    ASSERT_FALSE(opened->was_clean()) << size;
  }
}

TEST(data_directory, damaged_checkpoint_counts_as_missing) {
  simulated_disk disk;
  ASSERT_TRUE(disk.create_directories("/data/topic-0"));
  disk.set_content("/data/recovery-point-offset-checkpoint", as_bytes("0\n1\ntopic zero 5\n"));
  disk.set_content("/data/log-start-offset-checkpoint", as_bytes("0\n1\ntopic 0 5\n"));
  auto opened = data_directory::open(disk, "/data").value();
  EXPECT_EQ(opened->warnings().size(), 1U);
  const known_log known = opened->take("topic-0");
  EXPECT_FALSE(known.recovery_point);
  EXPECT_EQ(known.log_start, offset{5});
}

TEST(data_directory, removed_log_leaves_no_checkpoint_behind) {
  simulated_disk disk;
  auto opened = data_directory::open(disk, "/data").value();
  ASSERT_TRUE(disk.create_directories(opened->path_of("my-topic-0")));
  disk.set_content("/data/my-topic-0/00000000000000000000.log", byte_buffer(100));
  opened->note_created("my-topic-0");
  opened->set_recovery_point("my-topic-0", offset{10});
  opened->set_recovery_point("other-3", offset{11});
  ASSERT_TRUE(opened->write_checkpoints());
  EXPECT_EQ(as_text(*disk.content("/data/recovery-point-offset-checkpoint")),
            "0\n2\nmy-topic 0 10\nother 3 11\n");
  auto job = opened->remove_log("my-topic-0", make_random_uuid(1, 2)).value();
  EXPECT_FALSE(disk.exists("/data/my-topic-0"));
  EXPECT_EQ(simulated_log::run(job), deletion_job::progress::done);
  EXPECT_EQ(as_text(*disk.content("/data/recovery-point-offset-checkpoint")), "0\n1\nother 3 11\n");
  for (const std::string& path : disk.paths()) {
    EXPECT_EQ(path.find("my-topic"), std::string::npos) << path;
  }
}

TEST(data_directory, deletions_of_an_earlier_run_are_found) {
  simulated_disk disk;
  {
    auto opened = data_directory::open(disk, "/data").value();
    ASSERT_TRUE(disk.create_directories(opened->path_of("topic-0")));
    disk.set_content("/data/topic-0/00000000000000000000.log",
                     byte_buffer(200 << 20));  // cut in steps
    opened->note_created("topic-0");
    auto job = opened->remove_log("topic-0", make_random_uuid(1, 2)).value();
    EXPECT_EQ(job.run_step().value(), deletion_job::progress::more);
  }
  auto opened = data_directory::open(disk, "/data").value();
  EXPECT_TRUE(opened->log_names().empty());
  auto job = opened->leftovers();
  const auto before = disk.changes();
  EXPECT_EQ(simulated_log::run(job), deletion_job::progress::done);
  EXPECT_EQ(disk.changes() - before, 5U);  // three cuts, the file, the directory
}

TEST(data_directory, log_set_aside_keeps_its_files_and_frees_its_name) {
  simulated_disk disk;
  ASSERT_TRUE(disk.create_directories("/data/topic-0"));
  disk.set_content("/data/topic-0/00000000000000000000.log", byte_buffer(100));
  disk.set_content("/data/recovery-point-offset-checkpoint", as_bytes("0\n1\ntopic 0 5\n"));
  auto opened = data_directory::open(disk, "/data").value();
  const std::string aside = opened->set_aside("topic-0", make_random_uuid(1, 2)).value();
  EXPECT_TRUE(aside.starts_with("topic-0.") && aside.ends_with("-stray")) << aside;
  EXPECT_EQ(disk.content("/data/" + aside + "/00000000000000000000.log")->size(), 100U);
  EXPECT_FALSE(opened->take("topic-0").exists);
  EXPECT_FALSE(opened->take("topic-0").recovery_point);
  ASSERT_TRUE(opened->write_checkpoints());
  EXPECT_EQ(as_text(*disk.content("/data/recovery-point-offset-checkpoint")), "0\n0\n");
  opened.reset();
  opened = data_directory::open(disk, "/data").value();
  EXPECT_TRUE(opened->log_names().empty());
  EXPECT_TRUE(opened->leftovers().empty());
}

TEST(data_directory, missing_directory_of_a_log_with_records_is_remembered) {
  for (const bool is_clean : {true, false}) {
    test::simulated_disk disk;
    ASSERT_TRUE(disk.create_directories("/data/topic-0"));
    {
      auto opened = data_directory::open(disk, "/data").value();
      static_cast<void>(opened->take("topic-0"));
      opened->set_recovery_point("topic-0", offset{7});
      ASSERT_TRUE(opened->write_checkpoints());
      log_state state;
      state.log_end = offset{9};
      state.segments.push_back({});
      opened->put_clean("topic-0", state);
      ASSERT_TRUE(is_clean ? opened->close_clean(1) : opened->write_checkpoints());
    }
    ASSERT_TRUE(disk.remove_directory("/data/topic-0"));
    for (int start = 0; start < 3; ++start) {
      auto opened = data_directory::open(disk, "/data").value();
      EXPECT_EQ(opened->lost_names(), std::vector<std::string>{"topic-0"});
      EXPECT_TRUE(opened->log_names().empty());
      const known_log known = opened->take("topic-0");
      EXPECT_FALSE(known.exists);
      EXPECT_EQ(known.lost_end, offset{9});
      if (start == 1) {
        ASSERT_TRUE(opened->close_clean(1));
      }
    }
    auto opened = data_directory::open(disk, "/data").value();
    opened->forget_lost("topic-0");
    ASSERT_TRUE(opened->write_checkpoints());
    opened.reset();
    opened = data_directory::open(disk, "/data").value();
    EXPECT_TRUE(opened->lost_names().empty());
    EXPECT_FALSE(opened->take("topic-0").lost_end);
  }
}

TEST(data_directory, log_that_was_being_removed_is_not_lost) {
  test::simulated_disk disk;
  ASSERT_TRUE(disk.create_directories("/data/to.pic-0." + std::string(32, 'a') + "-delete"));
  disk.set_content("/data/recovery-point-offset-checkpoint", as_bytes("0\n1\nto.pic 0 5\n"));
  const auto opened = data_directory::open(disk, "/data").value();
  EXPECT_TRUE(opened->lost_names().empty());
  EXPECT_FALSE(opened->take("to.pic-0").lost_end);
}

TEST(data_directory, ballast_is_given_back_and_taken_again) {
  test::simulated_disk disk;
  auto opened = data_directory::open(disk, "/data").value();
  opened->keep_ballast(100'000);
  EXPECT_EQ(disk.content("/data/ballast")->size(), 100'000U);
  EXPECT_TRUE(opened->release_ballast());
  EXPECT_EQ(disk.content("/data/ballast")->size(), 0U);
  EXPECT_FALSE(opened->release_ballast()) << "there is no more";
  ASSERT_TRUE(opened->write_checkpoints());
  EXPECT_EQ(disk.content("/data/ballast")->size(), 100'000U);
}

TEST(data_directory, without_its_ballast_nothing_is_appended_until_there_is_room_for_it) {
  simulated_log on;
  const std::uint64_t most = ballast::free_bytes_min + 100'000;
  on.disk.set_capacity(most);
  auto directory = data_directory::open(on.disk, "/data").value();
  directory->keep_ballast(20'000);
  on.is_short_of_room = &directory->is_short_of_room();
  auto opened = on.open().value();
  ASSERT_TRUE(on.append(*opened, make_batch(1, 700)));
  on.disk.set_capacity(most - on.disk.space("/data")->available_bytes);
  EXPECT_TRUE(directory->release_ballast());
  EXPECT_EQ(on.append(*opened, make_batch(1, 700)).error(), errc::disk_full);
  ASSERT_TRUE(directory->write_checkpoints());
  EXPECT_EQ(on.append(*opened, make_batch(1, 700)).error(), errc::disk_full) << "20 KB are free";
  on.disk.set_capacity(most);
  ASSERT_TRUE(directory->write_checkpoints());
  EXPECT_TRUE(on.append(*opened, make_batch(1, 700)));
}

TEST(data_directory, removed_logs_make_room_though_no_checkpoint_can_be_written) {
  simulated_disk disk;
  auto opened = data_directory::open(disk, "/data").value();
  ASSERT_TRUE(disk.create_directories("/data/topic-0"));
  disk.set_content("/data/topic-0/00000000000000000000.log", byte_buffer(1000));
  opened->note_created("topic-0");
  opened->set_recovery_point("topic-0", offset{10});
  ASSERT_TRUE(opened->write_checkpoints());
  disk.set_capacity(1000);
  auto job = opened->remove_log("topic-0", make_random_uuid(1, 2)).value();
  ASSERT_EQ(job.run_step().value(), deletion_job::progress::more);  // lists the directory
  EXPECT_FALSE(job.renamed());
  ASSERT_EQ(job.run_step().value(), deletion_job::progress::more);  // its file
  EXPECT_EQ(simulated_log::run(job), deletion_job::progress::done);
  EXPECT_TRUE(job.renamed());
  EXPECT_EQ(as_text(*disk.content("/data/recovery-point-offset-checkpoint")), "0\n0\n");
}

TEST(data_directory, full_disk_is_opened_with_what_removed_logs_leave) {
  simulated_disk disk;
  disk.set_content("/data/recovery-point-offset-checkpoint", as_bytes("0\n1\nb 0 5\n"));
  const auto directory = "/data/b-0." + std::string(32, 'a') + "-delete";
  ASSERT_TRUE(disk.create_directories(directory));
  disk.set_content(directory + "/00000000000000000000.log", byte_buffer(1000));
  ASSERT_TRUE(disk.create_directories("/data/c-0." + std::string(32, 'a') + "-delete"));
  disk.set_capacity(1000);
  auto opened = data_directory::open(disk, "/data");
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(as_text(*disk.content("/data/recovery-point-offset-checkpoint")), "0\n0\n");
  auto job = (*opened)->leftovers();
  EXPECT_EQ(simulated_log::run(job), deletion_job::progress::done);
  EXPECT_FALSE(disk.exists(directory));
}

TEST(data_directory, full_disk_is_opened_with_what_the_ballast_leaves) {
  simulated_disk disk;
  disk.set_content("/data/recovery-point-offset-checkpoint",
                   as_bytes("0\n2\nb 0 0\nc-with-a-name 7 0\n"));
  disk.set_content("/data/ballast", byte_buffer(1000));
  disk.set_capacity(1000);
  const auto opened = data_directory::open(disk, "/data");
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(disk.content("/data/ballast")->size(), 0U);
  EXPECT_TRUE((*opened)->is_short_of_room());
}

TEST(data_directory, name_of_a_removed_log_is_not_free_before_its_checkpoints_have_gone) {
  simulated_disk disk;
  auto opened = data_directory::open(disk, "/data").value();
  ASSERT_TRUE(disk.create_directories("/data/topic-0"));
  opened->note_created("topic-0");
  disk.set_capacity(0);
  auto job = opened->remove_log("topic-0", make_random_uuid(1, 2)).value();
  for (int step = 0; step < 3; ++step) {
    const auto progress = job.run_step();
    EXPECT_TRUE(progress == deletion_job::progress::waiting);
    EXPECT_FALSE(job.renamed());
  }
  opened.reset();
  disk.set_capacity(1000);
  opened = data_directory::open(disk, "/data").value();
  EXPECT_TRUE(opened->lost_names().empty());
  EXPECT_EQ(opened->leftover_names().size(), 1U);
}

TEST(data_directory, longest_topic_names_can_be_deleted_and_set_aside) {
  simulated_disk disk;
  const std::string topic(249, 't');
  ASSERT_TRUE(disk.create_directories("/data/" + topic + "-0"));
  ASSERT_TRUE(disk.create_directories("/data/" + topic + "-1"));
  auto opened = data_directory::open(disk, "/data").value();
  EXPECT_EQ(opened->set_aside(topic + "-0", make_random_uuid(1, 2)).value().size(), 255U);
  ASSERT_TRUE(opened->remove_log(topic + "-1", make_random_uuid(3, 4)));
  opened.reset();
  opened = data_directory::open(disk, "/data").value();
  ASSERT_EQ(opened->leftover_names().size(), 1U);
  EXPECT_EQ(opened->leftover_names().front().size(), 255U);
}

TEST(checkpoint_file, text_is_read_back_and_anything_else_refused) {
  const offset_checkpoint entries{{"a-0", offset{5}}, {"b-c-12", offset{0}}};
  const std::string text = format_checkpoint(entries);
  EXPECT_EQ(text, "0\n2\na 0 5\nb-c 12 0\n");
  EXPECT_EQ(parse_checkpoint(text).value(), entries);
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(parse_checkpoint(std::string_view(text).substr(0, size))) << size;
  }
  for (const char* bad :
       {"1\n0\n", "0\n1\n", "0\n1\na 0 -5\n", "0\n1\na  5\n", "0\n2\na 0 5\na 0 5\n",
        "0\n1\n 0 5\n", "0\n1\na 0 5 6\n", "0\n1\na 0 99999999999999999999\n"}) {
    EXPECT_FALSE(parse_checkpoint(bad)) << bad;
  }
}

}  // namespace
}  // namespace tidemill::log
