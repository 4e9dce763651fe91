#include <malloc.h>

#include <algorithm>
#include <random>

#include "calls.hpp"
#include "measure.hpp"
#include "tidemill/codec.h"

namespace tidemill::conformance {
namespace {

constexpr std::size_t everything = SIZE_MAX;

struct limits {
  std::uint64_t bytes_max = 0;
  std::uint32_t ratio_max = 0;
};

struct answer {
  tidemill_status status = TIDEMILL_OK;
  std::string bytes;
};

std::string random_text(std::size_t size, unsigned alphabet) {
  std::mt19937 generator(17);
  std::string text(size, '\0');
  for (char& letter : text) {
    letter = static_cast<char>(generator() % alphabet);
  }
  return text;
}

/// A stream of each direction, on the thread of a shard.
class streams {
 public:
  explicit streams(stage& on) : on_(on), table_(on.table<tidemill_codec>(TIDEMILL_CODEC)) {
    on_.on_shard([&] {
      error_room why;
      expect_ok("open", table_.open(on_.shard(), TIDEMILL_COMPRESS, &compress_, why.raw()), why);
      expect_ok("open", table_.open(on_.shard(), TIDEMILL_DECOMPRESS, &decompress_, why.raw()),
                why);
    });
  }
  streams(const streams&) = delete;
  streams& operator=(const streams&) = delete;
  ~streams() {
    on_.on_shard([&] {
      if (compress_ != nullptr) {
        table_.close(compress_);
      }
      if (decompress_ != nullptr) {
        table_.close(decompress_);
      }
    });
  }

  [[nodiscard]] const tidemill_codec& table() const noexcept { return table_; }

  [[nodiscard]] std::string compress(const std::string& plain, std::size_t input_piece = everything,
                                     std::size_t output_piece = everything) {
    const answer made = run(compress_, {}, plain, input_piece,
                            std::min(output_piece, table_.compressed_bytes_max(plain.size())));
    expect(made.status == TIDEMILL_DONE, "compressing " + std::to_string(plain.size()) +
                                             " bytes answers " + std::to_string(made.status));
    return made.bytes;
  }
  [[nodiscard]] answer decompress(const std::string& packed, limits most = {},
                                  std::size_t input_piece = everything,
                                  std::size_t output_piece = std::size_t{1} << 20U) {
    return run(decompress_, most, packed, input_piece, output_piece);
  }

 private:
  [[nodiscard]] answer run(tidemill_stream* stream, limits most, const std::string& text,
                           std::size_t input_piece, std::size_t output_piece) {
    answer made;
    on_.on_shard([&] { made = run_here(stream, most, text, input_piece, output_piece); });
    return made;
  }
  [[nodiscard]] answer run_here(tidemill_stream* stream, limits most, const std::string& text,
                                std::size_t input_piece, std::size_t output_piece) const {
    tidemill_stream_options options{};
    options.struct_size = sizeof options;
    options.level = TIDEMILL_LEVEL_DEFAULT;
    options.output_bytes_max = most.bytes_max;
    options.output_ratio_max = most.ratio_max;
    options.input_bytes = text.size();
    error_room why;
    answer made;
    made.status = table_.start(stream, &options, why.raw());
    guarded<std::uint8_t> room(output_piece);
    guarded<std::uint8_t> all(text.size());
    std::copy(text.begin(), text.end(), all.data());
    std::size_t taken = 0;
    for (int idle = 0; made.status == TIDEMILL_OK;) {
      const std::size_t offered = std::min(input_piece, text.size() - taken);
      tidemill_bytes input{all.data() + taken, offered};
      tidemill_buffer output{room.data(), room.size(), 0};
      const bool is_last = taken + offered == text.size();
      made.status =
          table_.step(stream, &input, &output, is_last ? TIDEMILL_STEP_FINISH : 0, why.raw());
      expect(input.size <= offered && output.size <= room.size(),
             "step() says that it took or gave more than there was");
      expect(room.is_front_intact(), "step() writes before its output");
      idle = input.size == offered && output.size == 0 ? idle + 1 : 0;
      expect(idle < 4, "step() goes on answering OK without taking or giving anything");
      taken += offered - input.size;
      made.bytes.append(reinterpret_cast<const char*>(room.data()), output.size);
    }
    return made;
  }

  stage& on_;
  const tidemill_codec& table_;
  tidemill_stream* compress_ = nullptr;
  tidemill_stream* decompress_ = nullptr;
};

std::string gives_back_what_it_took(const context& given) {
  stage one(given);
  streams codec(one);
  for (const std::string& text :
       {std::string(), std::string("a"), std::string(100'000, 'z'), random_text(70'000, 256),
        random_text(65'536, 16), random_text(300'000, 4)}) {
    const std::string packed = codec.compress(text);
    expect(packed.size() <= codec.table().compressed_bytes_max(text.size()),
           "compressing " + std::to_string(text.size()) + " bytes gives " +
               std::to_string(packed.size()) + ", more than compressed_bytes_max() says");
    const answer plain = codec.decompress(packed);
    expect(plain.status == TIDEMILL_DONE && plain.bytes == text,
           std::to_string(text.size()) + " bytes do not come back: status " +
               std::to_string(plain.status) + ", " + std::to_string(plain.bytes.size()) + " bytes");
  }
  return {};
}

std::string works_in_pieces(const context& given) {
  stage one(given);
  streams codec(one);
  const std::string text = random_text(20'000, 60);
  for (const auto& [in, out] : {std::pair<std::size_t, std::size_t>{1, 4096}, {4096, 1}, {7, 5}}) {
    const answer plain = codec.decompress(codec.compress(text, in, out), {}, in, out);
    expect(plain.status == TIDEMILL_DONE && plain.bytes == text,
           "in pieces of " + std::to_string(in) + " and " + std::to_string(out) +
               " bytes the text does not come back");
  }
  return {};
}

std::string keeps_its_limits(const context& given) {
  stage one(given);
  streams codec(one);
  const std::string text = random_text(20'000, 3);
  const std::string packed = codec.compress(text);
  expect(codec.decompress(packed, {.bytes_max = text.size()}).bytes == text,
         "a batch that is as large as it may be does not come back");
  const answer little = codec.decompress(packed, {.bytes_max = text.size() - 1});
  expect(little.status == TIDEMILL_TOO_LARGE && little.bytes.size() < text.size(),
         "gives " + std::to_string(little.bytes.size()) + " bytes and status " +
             std::to_string(little.status) + " for a limit of " + std::to_string(text.size() - 1) +
             ", expected TIDEMILL_TOO_LARGE");
  const std::string bomb = codec.compress(std::string(std::size_t{8} << 20U, '\0'));
  expect(bomb.size() < (std::size_t{8} << 20U) / 20,
         "8 MiB of zeros compress to " + std::to_string(bomb.size()) + " bytes, expected less");
  const answer stopped = codec.decompress(bomb, {.ratio_max = 10});
  expect(stopped.status == TIDEMILL_TOO_LARGE && stopped.bytes.size() <= bomb.size() * 10,
         "lets " + std::to_string(stopped.bytes.size()) + " bytes out of " +
             std::to_string(bomb.size()) + " with a ratio of 10 at most");
  return {};
}

std::string withstands_damage(const context& given) {
  stage one(given);
  streams codec(one);
  const std::string packed = codec.compress(random_text(1500, 20));
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const answer cut = codec.decompress(packed.substr(0, size), {.bytes_max = 4000});
    // Formats without an end take some cuts for shorter batches.
    expect(cut.status == TIDEMILL_CORRUPT ||
               (cut.status == TIDEMILL_DONE && codec.table().wire_id == TIDEMILL_CODEC_SNAPPY),
           "cut at byte " + std::to_string(size) + " it answers " + std::to_string(cut.status) +
               ", expected TIDEMILL_CORRUPT");
  }
  std::mt19937 generator(7);
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = packed;
    for (unsigned hits = generator() % 4 + 1; hits > 0; --hits) {
      damaged[generator() % damaged.size()] = static_cast<char>(generator());
    }
    const answer given_out = codec.decompress(damaged, {.bytes_max = 4000});
    expect(given_out.bytes.size() <= 4000, "a damaged batch passes its limit");
  }
  return {};
}

std::string keeps_its_memory(const context& given) {
  expect_plain_memory();
  constexpr std::size_t growth_bytes_max = std::size_t{256} << 10U;
  stage one(given);
  streams codec(one);
  const std::string text = random_text(65'536, 16);
  const std::string packed = codec.compress(text);
  const auto work = [&] {
    (void)codec.compress(text);
    (void)codec.decompress(packed.substr(0, packed.size() / 2));
    (void)codec.decompress(packed);
  };
  const auto in_use = [] {
    const struct mallinfo2 now = mallinfo2();
    return now.uordblks + now.hblkhd;
  };
  for (int round = 0; round < 20; ++round) {
    work();
  }
  const std::size_t before = in_use();
  for (int round = 0; round < 500; ++round) {
    work();
  }
  const std::size_t after = in_use();
  expect(after <= before + growth_bytes_max, "500 batches more through the same streams take " +
                                                 std::to_string(after - before) +
                                                 " bytes, expected none");
  return {};
}

}  // namespace

std::span<const test> codec_tests() {
  static const test tests[] = {
      {"codec.round_trip", "what is compressed comes back, within compressed_bytes_max()",
       gives_back_what_it_took},
      {"codec.pieces", "pieces of any size give the same", works_in_pieces},
      {"codec.limits", "output stays within its limits in bytes and ratio", keeps_its_limits},
      {"codec.damage", "cut and damaged batches do no harm", withstands_damage},
      {"codec.reuse", "streams that are reused need no more memory, whatever became of a batch",
       keeps_its_memory},
  };
  return tests;
}

}  // namespace tidemill::conformance
