#include <tidemill/plugin.hpp>

class time_and_size {
 public:
  static constexpr tidemill::sdk::about about{
      "time_and_size", "1.0.0", "Apache-2.0",
      "Kafka's retention: retention.ms, retention.bytes and their local forms."};
  static constexpr bool deterministic = true;

  void vote(const tidemill_log& log, std::span<std::uint8_t> votes) const {
    tidemill::sdk::vote_by_time_and_size(log, votes);
  }
};
TIDEMILL_PLUGIN(time_and_size)
