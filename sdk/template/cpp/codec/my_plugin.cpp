#include <tidemill/plugin.hpp>

/// Runs of equal bytes, each as its length (1 to 255) and the byte; a length of 0 ends the batch.
/// Clients know four formats and no others: put a real one here, under its id. Limits on the output
/// are kept by the SDK.
class my_plugin {
 public:
  static constexpr tidemill::sdk::about about{"my_plugin", "0.1.0", "Apache-2.0",
                                              "Says what it does."};
  static constexpr tidemill::sdk::codec_facts codec{TIDEMILL_CODEC_SNAPPY, "my_plugin"};

  static std::uint64_t compressed_bytes_max(std::uint64_t input_bytes) {
    return 2 * input_bytes + 3;
  }

  class compressor {
   public:
    void start(std::int32_t) { run_ = 0, ended_ = false; }

    tidemill::sdk::outcome run(tidemill::sdk::step& step) {
      while (!step.input().empty() && !ended_) {
        const std::uint8_t next = step.input()[0];
        if (run_ == 255 || (run_ > 0 && next != byte_)) {
          if (!give(step)) {
            return TIDEMILL_OK;
          }
        }
        byte_ = next;
        ++run_;
        step.take(1);
      }
      if (!step.is_last() || (run_ > 0 && !give(step)) || step.room().empty()) {
        return TIDEMILL_OK;
      }
      step.room()[0] = 0;
      step.add(1);
      ended_ = true;
      return TIDEMILL_DONE;
    }

   private:
    /// False where there is no room for a pair; half of one may be out already.
    bool give(tidemill::sdk::step& step) {
      if (!half_ && !step.room().empty()) {
        step.room()[0] = static_cast<std::uint8_t>(run_);
        step.add(1);
        half_ = true;
      }
      if (!half_ || step.room().empty()) {
        return false;
      }
      step.room()[0] = byte_;
      step.add(1);
      half_ = false;
      run_ = 0;
      return true;
    }

    unsigned run_ = 0;
    std::uint8_t byte_ = 0;
    bool half_ = false;
    bool ended_ = false;
  };

  class decompressor {
   public:
    void start() { left_ = 0, has_length_ = false; }

    tidemill::sdk::outcome run(tidemill::sdk::step& step) {
      while (true) {
        for (; left_ > 0 && !step.room().empty(); --left_) {
          step.room()[0] = byte_;
          step.add(1);
        }
        if (left_ > 0) {
          return TIDEMILL_OK;
        }
        if (step.input().empty()) {
          return step.is_last() ? tidemill::sdk::outcome(
                                      tidemill::sdk::failure{TIDEMILL_CORRUPT, "the batch is cut"})
                                : tidemill::sdk::outcome(TIDEMILL_OK);
        }
        const std::uint8_t next = step.input()[0];
        step.take(1);
        if (has_length_) {
          byte_ = next;
          left_ = length_;
        } else if (next == 0) {
          return TIDEMILL_DONE;
        }
        length_ = next;
        has_length_ = !has_length_;
      }
    }

   private:
    unsigned left_ = 0;
    unsigned length_ = 0;
    std::uint8_t byte_ = 0;
    bool has_length_ = false;
  };
};
TIDEMILL_PLUGIN(my_plugin)
