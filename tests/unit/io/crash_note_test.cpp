#include "io/crash_note.hpp"

#include <gtest/gtest.h>

#include <dlfcn.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <future>
#include <string>
#include <string_view>
#include <thread>

#include "io/foreign_code.hpp"

namespace tidemill::io {
namespace {

std::string described(const foreign_call& call, bool as_json, std::size_t capacity = 1024) {
  std::string line(capacity, '\0');
  line.resize(describe_crash(call, "SIGSEGV", as_json, line.data(), line.size()));
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

TEST(crash_note, others_see_what_a_thread_is_in_and_whether_it_moves) {
  std::promise<void> in_call;
  std::promise<void> may_end;
  std::thread other([&] {
    use_crash_stack(&in_call);
    const crash_note note({"murmur2", "1.2.0", "keys", "choose"});
    in_call.set_value();
    may_end.get_future().wait();
  });
  in_call.get_future().wait();
  const auto seen = calls_in_progress();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_STREQ(seen[0].call.plugin, "murmur2");
  EXPECT_STREQ(seen[0].call.function, "choose");
  EXPECT_EQ(seen[0].owner, &in_call);
  EXPECT_EQ(calls_in_progress().at(0).turn, seen[0].turn);
  may_end.set_value();
  other.join();
  EXPECT_TRUE(calls_in_progress().empty());
  use_crash_stack();
  const crash_note outer({"outer", "1", "a", "b"});
  const auto first = calls_in_progress();
  ASSERT_EQ(first.size(), 1U);
  {
    const crash_note inner({"inner", "1", "a", "b"});
  }
  EXPECT_NE(calls_in_progress().at(0).turn, first[0].turn);
}

bool is_sorter(const foreign_call& call) {
  return call.plugin != nullptr && std::string_view(call.plugin) == "sorter";
}
/// Sorting, by the C library, calls back what is here.
bool was_found = false;
int calls_back(const void*, const void*) {
  was_found = is_sorter(foreign_caller());
  return 0;
}
/// In a process of its own: the C library stays foreign. The number of what is wrong.
int find_the_sorter() {
  void* const symbol = ::dlsym(RTLD_DEFAULT, "qsort");
  const auto here = reinterpret_cast<std::uintptr_t>(&calls_back);
  if (foreign_caller().plugin != nullptr) {
    return 1;
  }
  note_foreign_code(symbol, "sorter", "2.0.0");
  if (!is_sorter(foreign_code_at(reinterpret_cast<std::uintptr_t>(symbol)))) {
    return 2;
  }
  if (foreign_code_at(here).plugin != nullptr || foreign_code_at(0).plugin != nullptr) {
    return 3;
  }
  std::array<int, 2> numbers{1, 2};
  std::qsort(numbers.data(), numbers.size(), sizeof(int), calls_back);
  return was_found ? 0 : 4;
}

TEST(foreign_code_death_test, addresses_and_callers_are_told_from_those_of_the_program) {
  EXPECT_EXIT(std::_Exit(find_the_sorter()), ::testing::ExitedWithCode(0), "");
}

TEST(crash_note_death_test, an_exit_inside_names_the_call_and_fails) {
  EXPECT_EXIT(
      {
        install_crash_notes(false);
        const crash_note note({"murmur2", "1.2.0", "keys", "choose"});
        std::exit(0);
      },
      ::testing::ExitedWithCode(1),
      "crashed_in_plugin plugin=\"murmur2\".*call=\"choose\" signal=\"exit\\(\\)\"");
}

TEST(crash_note_death_test, an_exit_outside_is_left_alone) {
  EXPECT_EXIT(
      {
        install_crash_notes(false);
        std::exit(7);
      },
      ::testing::ExitedWithCode(7), "^$");
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
