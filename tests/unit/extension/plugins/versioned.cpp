// Built several times, with another version each: a partitioner that sends everything to partition
// `answer`.
#include <csignal>
#include <tidemill/plugin.hpp>

class versioned {
 public:
  static constexpr tidemill::sdk::about about{"versioned", TEST_VERSION, "Apache-2.0",
                                              "Sends everything to one partition."};
  static constexpr tidemill_config_key keys[] = {
      {"answer", TIDEMILL_TYPE_INTEGER, 0, TEST_ANSWER, "The partition."},
      {"crash", TIDEMILL_TYPE_BOOLEAN, 0, "false", "Whether to crash when asked."},
  };

  explicit versioned(const tidemill::sdk::host& host)
      : answer_(static_cast<std::int32_t>(host.config().integer("answer"))),
        crashes_(host.config().boolean("crash")) {
    if (answer_ == 13) {
      throw tidemill::sdk::config_error("answer: thirteen brings bad luck");
    }
  }

  std::int32_t choose(const tidemill::sdk::record&, std::int32_t) const {
    if (crashes_) {
      // Not a bad pointer: a sanitizer would end the process before the signal.
      static_cast<void>(std::raise(SIGSEGV));
    }
    return answer_;
  }

 private:
  std::int32_t answer_;
  bool crashes_;
};
TIDEMILL_PLUGIN(versioned)
