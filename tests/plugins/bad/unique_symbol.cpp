#include <tidemill/plugin.hpp>

/// g++ makes one counter of it for the whole process, whichever version of the file was first.
template <class T>
struct __attribute__((visibility("default"))) counted {
  static inline int calls = 0;
};

class unique_symbol {
 public:
  static constexpr tidemill::sdk::about about{"unique_symbol", "1.0.0", "Apache-2.0",
                                              "Breaks one rule."};
  std::int32_t choose(const tidemill::sdk::record&, std::int32_t) const {
    ++counted<int>::calls;
    return 0;
  }
};
TIDEMILL_PLUGIN(unique_symbol)
