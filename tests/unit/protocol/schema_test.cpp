// The generator refuses mistakes in a schema file, and says where they are.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace tidemill::protocol {
namespace {

class schema_file : public testing::Test {
 protected:
  schema_file() {
    std::string name = (std::filesystem::temp_directory_path() / "schema-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~schema_file() override { std::filesystem::remove_all(folder_); }

  /// What the generator says about a message with these fields; "" when it accepts them.
  std::string complaint(const std::string& fields) {
    std::ofstream(folder_ + "/one.schema") << "message one\nversions 0-3\nflexible 2+\n\nfields\n"
                                           << fields;
    const std::string command = "'" TIDEMILL_PYTHON "' -B '" TIDEMILL_SOURCE_DIRECTORY
                                "/kernel/protocol/generator/generate.py' --list '" +
                                folder_ + "' 2>&1";
    FILE* const pipe = popen(command.c_str(), "r");
    std::string output;
    std::array<char, 4096> chunk;
    while (std::fgets(chunk.data(), static_cast<int>(chunk.size()), pipe) != nullptr) {
      output += chunk.data();
    }
    const bool accepted = pclose(pipe) == 0;
    return accepted ? "" : output;
  }

  std::string folder_;
};

TEST_F(schema_file, with_every_kind_of_field_is_accepted) {
  EXPECT_EQ(complaint("  a int32 as leader_epoch 1+ default=-1 ignorable\n"
                      "  b []string 1-2 nullable=2+\n"
                      "  c shared\n"
                      "  d []shared\n"
                      "  e []inner  # a comment\n"
                      "    f bytes nullable default=null\n"
                      "  g string 2+ tag=0\n"
                      "\n"
                      "struct shared\n"
                      "  h uuid\n"),
            "");
}

TEST_F(schema_file, with_a_mistake_is_refused_with_its_line) {
  const auto expect = [&](const std::string& fields, const std::string& says) {
    EXPECT_NE(complaint(fields).find(says), std::string::npos) << fields << complaint(fields);
  };
  expect("  a int31\n", "one.schema:6: type int31 is not known");
  expect("  a int32\n  a int32\n", "one.schema:7: field a stands twice");
  expect("  class int32\n", "one.schema:6: 'class' cannot be a field's name");
  expect("  a int64 as leader_epoch\n", "one.schema:6: int64 cannot be read as leader_epoch");
  expect("  a int32 4+\n", "one.schema:6: versions 4+ do not lie within 0-3");
  expect("  a int32 nullable\n", "one.schema:6: int32 cannot be null");
  expect("  a string 1+ tag=0\n", "one.schema:6: a tagged field needs flexible versions");
  expect("  a string default=null\n", "one.schema:6: the default is null");
  expect("  a int32 optional\n", "one.schema:6: unknown attribute 'optional'");
  expect("    a int32\n", "one.schema:6: wrong indentation");
  expect("  a int32 default=x\n", "one.schema:6: 'x' is no int32");
  expect("  a string 2+ tag=0\n  b string 2+ tag=0\n", "one.schema:7: tag 0 stands twice");
  expect("  a b\n\nstruct b\n  c b\n", "struct b contains itself");
  expect("fields2\n", "one.schema:6: unknown word 'fields2'");
}

}  // namespace
}  // namespace tidemill::protocol
