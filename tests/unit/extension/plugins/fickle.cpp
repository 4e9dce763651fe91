// A codec that copies, in versions: the second cannot be made. Input that begins with "!" is a
// fault of the plugin.
#include <tidemill/plugin.hpp>

class fickle {
 public:
  static constexpr tidemill::sdk::about about{"fickle", TEST_VERSION, "Apache-2.0", "Copies."};
  static constexpr tidemill::sdk::codec_facts codec{TIDEMILL_CODEC_GZIP, "gzip"};
  static std::uint64_t compressed_bytes_max(std::uint64_t input_bytes) { return input_bytes; }

  fickle() {
    if (TEST_FAILS) {
      throw tidemill::sdk::config_error("the second version is no good");
    }
  }

  struct copier {
    static tidemill::sdk::outcome copy(tidemill::sdk::step& one) {
      const auto input = one.input();
      if (!input.empty() && input[0] == '!') {
        return tidemill::sdk::failure{TIDEMILL_INTERNAL, "told to fail"};
      }
      const std::size_t size = input.size() < one.room().size() ? input.size() : one.room().size();
      one.copy(input.first(size));
      one.take(size);
      return one.input().empty() ? TIDEMILL_DONE : TIDEMILL_OK;
    }
  };
  struct compressor : copier {
    void start(std::int32_t) {}
    tidemill::sdk::outcome run(tidemill::sdk::step& one) { return copy(one); }
  };
  struct decompressor : copier {
    void start() {}
    tidemill::sdk::outcome run(tidemill::sdk::step& one) { return copy(one); }
  };
};
TIDEMILL_PLUGIN(fickle)
