#include "server/start_failure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/errc.hpp"

namespace tidemill::server {
namespace {

using testing::HasSubstr;
namespace sys = boost::system::errc;

TEST(listening_failed, port_in_use_names_the_key_to_change) {
  EXPECT_EQ(
      listening_failed("127.0.0.1:9092", "listener.0.address", make_error_code(sys::address_in_use))
          .sentence,
      "cannot listen on 127.0.0.1:9092 (listener.0.address): another process, or another "
      "listener of this broker, listens there; set listener.0.address to a free port, or stop it");
}

TEST(listening_failed, privileged_port_says_which_are_not) {
  EXPECT_THAT(
      listening_failed("0.0.0.0:80", "admin.address", make_error_code(sys::permission_denied))
          .sentence,
      HasSubstr("use one above 1023"));
}

TEST(directory_failed, each_cause_says_what_to_do) {
  EXPECT_THAT(directory_failed("d", make_error_code(sys::no_space_on_device)).sentence,
              HasSubstr("the disk is full; free some space"));
  EXPECT_THAT(directory_failed("d", make_error_code(sys::permission_denied)).sentence,
              HasSubstr("this user may not write there"));
  EXPECT_THAT(directory_failed("d", make_error_code(sys::too_many_files_open)).sentence,
              HasSubstr("ulimit -n 65536"));
  EXPECT_THAT(directory_failed("d", make_error_code(sys::read_only_file_system)).sentence,
              HasSubstr("read-only"));
  EXPECT_THAT(directory_failed("d", make_error_code(sys::no_such_file_or_directory)).sentence,
              HasSubstr("does not exist and cannot be made there; set broker.data_directory"));
  EXPECT_EQ(directory_failed("d", log::errc::directory_in_use).sentence,
            "the data directory d is in use by another tidemill; each broker needs a directory of "
            "its own");
}

TEST(directory_failed, path_from_outside_stays_on_one_line) {
  const auto sentence = directory_failed("a\nb", make_error_code(sys::permission_denied)).sentence;
  EXPECT_EQ(sentence.find('\n'), std::string::npos);
}

TEST(metadata_damaged, what_is_damaged_is_said_on_one_line) {
  EXPECT_EQ(metadata_damaged("a.log: cut\nshort").sentence.find('\n'), std::string::npos);
  EXPECT_THAT(metadata_damaged("a.log: cut").sentence,
              HasSubstr("the metadata cannot be used: a.log: cut"));
}

TEST(too_few_descriptors, names_both_numbers) {
  EXPECT_THAT(too_few_descriptors(40, 128).sentence, HasSubstr("only 40 files"));
  EXPECT_THAT(too_few_descriptors(40, 128).sentence, HasSubstr("at least 128"));
}

}  // namespace
}  // namespace tidemill::server
