#include "io/crash_note.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <string>

namespace tidemill::io {
namespace {

std::string described(const foreign_call& call, bool as_json, std::size_t capacity = 1024) {
  std::string line(capacity, '\0');
  line.resize(describe_crash(call, SIGSEGV, as_json, line.data(), line.size()));
  return line;
}

TEST(crash_note, names_plugin_and_call_in_both_forms) {
  const foreign_call call{"murmur2", "1.2.0", "keys", "choose"};
  EXPECT_EQ(described(call, false),
            "error crashed_in_plugin plugin=\"murmur2\" version=\"1.2.0\" instance=\"keys\" "
            "call=\"choose\" signal=\"SIGSEGV\"\n");
  EXPECT_EQ(described(call, true),
            R"({"level":"error","event":"crashed_in_plugin","plugin":"murmur2","version":"1.2.0",)"
            R"("instance":"keys","call":"choose","signal":"SIGSEGV"})"
            "\n");
}

TEST(crash_note, what_would_break_the_line_is_replaced_and_what_is_too_long_is_cut) {
  EXPECT_NE(described({"a\n\"b", "1", "c", "d"}, false).find("plugin=\"a??b\""), std::string::npos);
  const std::string cut = described({"plugin", "1", "instance", "choose"}, false, 40);
  EXPECT_EQ(cut.size(), 40U);
  EXPECT_EQ(cut.back(), '\n');
}

TEST(crash_note, scopes_nest) {
  EXPECT_EQ(crash_note::current().plugin, nullptr);
  {
    const crash_note outer({"outer", "1", "a", "b"});
    {
      const crash_note inner({"inner", "1", "a", "b"});
      EXPECT_STREQ(crash_note::current().plugin, "inner");
    }
    EXPECT_STREQ(crash_note::current().plugin, "outer");
  }
  EXPECT_EQ(crash_note::current().plugin, nullptr);
}

TEST(crash_note_death_test, a_crash_inside_names_the_call_and_still_kills) {
  EXPECT_DEATH(
      {
        install_crash_notes(false);
        use_crash_stack();
        const crash_note note({"murmur2", "1.2.0", "keys", "choose"});
        std::raise(SIGSEGV);
      },
      "crashed_in_plugin plugin=\"murmur2\".*call=\"choose\"");
}

}  // namespace
}  // namespace tidemill::io
