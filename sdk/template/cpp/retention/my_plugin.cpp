#include <tidemill/plugin.hpp>

/// Keeps the newest `segments` segments of each log.
class my_plugin {
 public:
  static constexpr tidemill::sdk::about about{"my_plugin", "0.1.0", "Apache-2.0",
                                              "Says what it does."};
  static constexpr tidemill_config_key keys[] = {
      {"segments", TIDEMILL_TYPE_INTEGER, 0, "10", "How many segments of a log stay."},
  };

  explicit my_plugin(const tidemill::sdk::host& host) : kept_(host.config().integer("segments")) {
    if (kept_ < 1) {
      throw tidemill::sdk::config_error("segments: expected 1 or more, not " +
                                        std::to_string(kept_));
    }
  }

  /// Votes are TIDEMILL_KEEP beforehand; the broker removes from the oldest on.
  void vote(const tidemill_log& log, std::span<std::uint8_t> votes) const {
    for (std::uint32_t i = 0; i < log.segment_count && log.segment_count - i > kept_; ++i) {
      votes[i] = TIDEMILL_REMOVE;
    }
  }

 private:
  std::int64_t kept_;
};
TIDEMILL_PLUGIN(my_plugin)
