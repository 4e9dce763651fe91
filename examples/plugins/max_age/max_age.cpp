#include <tidemill/plugin.hpp>

/// Refuses records that are older than `age` or come from the future, and counts them.
class max_age {
 public:
  static constexpr tidemill::sdk::about about{"max_age", "1.0.0", "Apache-2.0",
                                              "Lets no record in that is too old."};
  static constexpr tidemill_config_key keys[] = {
      {"age", TIDEMILL_TYPE_DURATION_MS, 0, "1d", "The oldest that a record may be."},
      {"ahead", TIDEMILL_TYPE_DURATION_MS, 0, "5m", "How far its clock may be ahead of ours."},
  };
  static constexpr std::uint32_t needs = TIDEMILL_TIMESTAMPS;
  /// The answer depends on when it is asked.
  static constexpr bool deterministic = false;

  explicit max_age(const tidemill::sdk::host& host)
      : host_(host),
        age_ms_(host.config().duration("age").count()),
        ahead_ms_(host.config().duration("ahead").count()),
        refused_(host.counter("refused_total", "Records that were too old or too new.")) {
    if (age_ms_ <= 0 || ahead_ms_ < 0) {
      throw tidemill::sdk::config_error("age: expected more than 0; ahead: expected 0 or more");
    }
  }

  void validate(const tidemill::sdk::batch& batch,
                const tidemill::sdk::rejections& rejections) const {
    const std::int64_t now_ms = host_.wall_ms();
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
      const std::int64_t stamped_ms = batch.raw()->timestamps_ms[i];
      if (stamped_ms < 0) {
        continue;
      }
      // Times of a client may be anything, so nothing is added to them.
      if (stamped_ms < now_ms && now_ms - stamped_ms > age_ms_) {
        rejections.reject(i, "the timestamp is older than max_age allows");
        refused_.add();
      } else if (stamped_ms > now_ms && stamped_ms - now_ms > ahead_ms_) {
        rejections.reject(i, "the timestamp lies in the future");
        refused_.add();
      }
    }
  }

 private:
  tidemill::sdk::host host_;
  std::int64_t age_ms_;
  std::int64_t ahead_ms_;
  tidemill::sdk::metric refused_;
};
TIDEMILL_PLUGIN(max_age)
