#include "base/unique_function.hpp"

#include <array>

namespace tidemill {
namespace {

TEST(unique_function, owns_and_releases_what_it_captured) {
  auto shared = std::make_shared<int>(7);
  {
    unique_function<int()> small([shared] { return *shared; });
    unique_function<int()> large(
        [shared, padding = std::array<char, 100>{}] { return *shared + padding[0]; });
    EXPECT_EQ(shared.use_count(), 3);
    unique_function<int()> moved(std::move(large));
    EXPECT_FALSE(large);  // NOLINT(bugprone-use-after-move): a moved-from function is empty
    EXPECT_EQ(moved(), 7);
    moved = std::move(small);
    EXPECT_EQ(shared.use_count(), 2);
    EXPECT_EQ(moved(), 7);
  }
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(unique_function, passes_move_only_arguments) {
  unique_function<int(std::unique_ptr<int>)> function([](std::unique_ptr<int> p) { return *p; });
  EXPECT_EQ(function(std::make_unique<int>(3)), 3);
}

}  // namespace
}  // namespace tidemill
