// The codecs that are shipped, behind the kernel's seam: bombs end at their bounds (S4).
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "extension/codec_adapter.hpp"
#include "extension/plugin_store.hpp"
#include "io/posix_disk.hpp"
#include "record/errc.hpp"
#include "tests/unit/extension/scripted_plugin.hpp"

namespace tidemill::extension {
namespace {

namespace fs = std::filesystem;

struct shipped_codecs_test : ::testing::TestWithParam<const char*> {
  fs::path home = fs::temp_directory_path() / ("tidemill-codecs-" + std::to_string(::getpid()));
  testing::surroundings around;
  std::unique_ptr<io::disk> disk = io::make_posix_disk();
  test::manual_blocking_pool control;
  plugin_store store{*disk, control, around.environment, (home / "copies").string()};
  std::shared_ptr<const instance> codec;

  shipped_codecs_test() {
    fs::create_directories(home);
    wanted_extensions wanted;
    wanted.directories = {TIDEMILL_SHIPPED_PLUGIN_DIRECTORY};
    const auto made = store.load(wanted, nullptr);
    const auto found = made->instances.find(GetParam());
    codec = found == made->instances.end() ? nullptr : found->second;
  }
  ~shipped_codecs_test() override { fs::remove_all(home); }
};

constexpr std::size_t bomb_plain_bytes = std::size_t{64} << 20U;

TEST_P(shipped_codecs_test, a_bomb_ends_at_the_bound_in_bytes_and_at_that_of_the_ratio_alone) {
  if (!fs::exists(fs::path(TIDEMILL_SHIPPED_PLUGIN_DIRECTORY) /
                  (std::string(GetParam()) + ".so"))) {
    GTEST_SKIP() << "its library is not installed";
  }
  ASSERT_NE(codec, nullptr);
  codec_adapter adapter(around.environment);
  adapter.give_to(codec);
  byte_buffer bomb;
  ASSERT_TRUE(adapter.compress(byte_buffer(bomb_plain_bytes), std::nullopt, bomb));
  ASSERT_LT(bomb.size() * 15, bomb_plain_bytes);
  byte_buffer out;
  EXPECT_EQ(adapter.decompress(bomb, bomb.size() * 10, out).error(),
            record::errc::decompressed_too_large);
  EXPECT_LE(out.capacity(), bomb.size() * 10);
  // The bound in bytes left out, as if the codec knew the ratio only.
  auto state = shard_state::open(codec, 7);
  ASSERT_TRUE(state);
  const tidemill_codec& table = *codec->about().codec;
  tidemill_stream* stream = nullptr;
  error_slot error;
  ASSERT_EQ(table.open((*state)->raw(), TIDEMILL_DECOMPRESS, &stream, error.raw()), TIDEMILL_OK);
  tidemill_stream_options options{};
  options.struct_size = sizeof options;
  options.output_ratio_max = 10;
  ASSERT_EQ(table.start(stream, &options, error.raw()), TIDEMILL_OK);
  byte_buffer room(bomb.size() * 12);
  tidemill_bytes input{reinterpret_cast<const std::uint8_t*>(bomb.data()), bomb.size()};
  tidemill_buffer output{reinterpret_cast<std::uint8_t*>(room.data()), room.size(), 0};
  tidemill_status status = TIDEMILL_OK;
  for (int steps = 0; status == TIDEMILL_OK && steps < 1000; ++steps) {
    status = table.step(stream, &input, &output, TIDEMILL_STEP_FINISH, error.raw());
  }
  EXPECT_EQ(status, TIDEMILL_TOO_LARGE);
  EXPECT_LE(output.size, bomb.size() * 10);
  table.close(stream);
  // What is within its bound passes.
  EXPECT_TRUE(adapter.decompress(bomb, bomb_plain_bytes, out));
  EXPECT_EQ(out.size(), bomb_plain_bytes);
  adapter.give_to(nullptr);
  adapter.let_go_all();
}

INSTANTIATE_TEST_SUITE_P(all, shipped_codecs_test,
                         ::testing::Values("gzip", "snappy", "lz4", "zstd"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace tidemill::extension
