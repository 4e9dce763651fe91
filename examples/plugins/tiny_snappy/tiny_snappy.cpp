#include <tidemill/plugin.hpp>

namespace {

using tidemill::sdk::failure;
using tidemill::sdk::outcome;
using tidemill::sdk::step;

/// Bytes that wait for room in the output.
class outbox {
 public:
  void clear() {
    bytes.clear();
    at_ = 0;
  }
  /// True when nothing is left.
  bool send(step& one) {
    at_ += one.copy(std::span(bytes).subspan(at_));
    return at_ == bytes.size();
  }

  std::vector<std::uint8_t> bytes;

 private:
  std::size_t at_ = 0;
};

/// Takes what there is of the input; true at its end. A block of snappy says its size in front, so
/// neither direction can begin before.
bool gather(step& one, std::vector<std::uint8_t>& into) {
  into.insert(into.end(), one.input().begin(), one.input().end());
  one.take(one.input().size());
  return one.is_last();
}

}  // namespace

/// Snappy's raw format without a library. It reads all of it, and of what it may write it writes
/// literals and runs of one byte: an example, not for use.
class tiny_snappy {
 public:
  static constexpr tidemill::sdk::about about{"tiny_snappy", "1.0.0", "Apache-2.0",
                                              "Snappy's raw blocks in a hundred lines."};
  static constexpr tidemill::sdk::codec_facts codec{TIDEMILL_CODEC_SNAPPY, "snappy"};
  /// Most bytes of a literal whose length stands in two bytes.
  static constexpr std::size_t literal_max = 65'536;
  /// A shorter run is no gain: another literal follows it.
  static constexpr std::size_t run_min = 8;

  static std::uint64_t compressed_bytes_max(std::uint64_t input_bytes) {
    return 16 + 2 * input_bytes;
  }

  class compressor {
   public:
    void start(std::int32_t) {
      plain_.clear();
      out_.clear();
      is_made_ = false;
    }
    outcome run(step& one) {
      if (!is_made_) {
        if (!gather(one, plain_)) {
          return TIDEMILL_OK;
        }
        make();
        is_made_ = true;
      }
      return out_.send(one) ? TIDEMILL_DONE : TIDEMILL_OK;
    }

   private:
    void make() {
      auto& out = out_.bytes;
      std::size_t size = plain_.size();
      for (; size >= 0x80; size >>= 7U) {
        out.push_back(static_cast<std::uint8_t>(size | 0x80U));
      }
      out.push_back(static_cast<std::uint8_t>(size));
      for (std::size_t at = 0; at < plain_.size();) {
        at += give_run(at);
        at += give_literal(at);
      }
    }

    /// Bytes from `at` on that are equal.
    [[nodiscard]] std::size_t run_at(std::size_t at) const {
      std::size_t end = at;
      while (end < plain_.size() && plain_[end] == plain_[at]) {
        ++end;
      }
      return end - at;
    }
    /// Bytes equal to the one before them, as copies from one back: 64 in three bytes.
    std::size_t give_run(std::size_t at) {
      if (at == 0 || plain_[at] != plain_[at - 1] || run_at(at) < run_min) {
        return 0;
      }
      const std::size_t run = run_at(at);
      for (std::size_t left = run; left > 0; left -= std::min<std::size_t>(left, 64)) {
        const std::size_t length = std::min<std::size_t>(left, 64);
        out_.bytes.push_back(static_cast<std::uint8_t>((length - 1) << 2U | 2U));
        out_.bytes.push_back(1);
        out_.bytes.push_back(0);
      }
      return run;
    }
    /// All up to the first byte of the next run.
    std::size_t give_literal(std::size_t at) {
      std::size_t end = at;
      while (end < plain_.size() && end - at < literal_max) {
        const std::size_t run = run_at(end);
        end += run > run_min ? 1 : run;
        if (run > run_min) {
          break;
        }
      }
      end = std::min(end, at + literal_max);
      if (end == at) {
        return 0;
      }
      out_.bytes.push_back(61U << 2U);
      out_.bytes.push_back(static_cast<std::uint8_t>(end - at - 1));
      out_.bytes.push_back(static_cast<std::uint8_t>((end - at - 1) >> 8U));
      out_.bytes.insert(out_.bytes.end(), plain_.begin() + static_cast<std::ptrdiff_t>(at),
                        plain_.begin() + static_cast<std::ptrdiff_t>(end));
      return end - at;
    }

    std::vector<std::uint8_t> plain_;
    outbox out_;
    bool is_made_ = false;
  };

  class decompressor {
   public:
    void start() {
      packed_.clear();
      at_ = 0;
      out_.clear();
      is_made_ = false;
    }
    outcome run(step& one) {
      if (!is_made_) {
        if (!gather(one, packed_)) {
          return TIDEMILL_OK;
        }
        if (outcome made = make(one.output_left()); made.status() != TIDEMILL_OK) {
          return made;
        }
        is_made_ = true;
      }
      return out_.send(one) ? TIDEMILL_DONE : TIDEMILL_OK;
    }

   private:
    outcome make(std::uint64_t output_max) {
      std::uint64_t size = 0;
      unsigned shift = 0;
      std::uint64_t part = 0x80;
      for (; part >= 0x80; shift += 7) {
        if (shift > 28 || !number(1, part)) {
          return damaged();
        }
        size |= (part & 0x7fU) << shift;
      }
      // An element of three bytes gives 64 at most; whoever says more lies.
      if (size > 64 * packed_.size()) {
        return damaged();
      }
      if (size > output_max) {
        return failure{TIDEMILL_TOO_LARGE, "the batch is larger than it may be when decompressed"};
      }
      while (at_ < packed_.size()) {
        if (!element(size)) {
          return damaged();
        }
      }
      return out_.bytes.size() == size ? outcome(TIDEMILL_OK) : damaged();
    }

    /// A literal, or a copy of what came before; false when it is damaged.
    bool element(std::uint64_t size) {
      const std::uint8_t tag = packed_[at_++];
      std::uint64_t length = (tag >> 2U) + 1U;
      std::uint64_t distance = 0;
      switch (tag & 3U) {
        case 0:
          if (length > 60) {
            if (!number(length - 60, length)) {
              return false;
            }
            ++length;
          }
          return literal(length, size);
        case 1:
          length = ((tag >> 2U) & 7U) + 4U;
          return number(1, distance) &&
                 copy(length, distance | (std::uint64_t{tag} >> 5U) << 8U, size);
        case 2:
          return number(2, distance) && copy(length, distance, size);
        default:
          return number(4, distance) && copy(length, distance, size);
      }
    }
    bool literal(std::uint64_t length, std::uint64_t size) {
      if (length > packed_.size() - at_ || length > size - out_.bytes.size()) {
        return false;
      }
      const auto from = packed_.begin() + static_cast<std::ptrdiff_t>(at_);
      out_.bytes.insert(out_.bytes.end(), from, from + static_cast<std::ptrdiff_t>(length));
      at_ += length;
      return true;
    }
    bool copy(std::uint64_t length, std::uint64_t distance, std::uint64_t size) {
      auto& out = out_.bytes;
      if (distance == 0 || distance > out.size() || length > size - out.size()) {
        return false;
      }
      for (; length > 0; --length) {
        out.push_back(out[out.size() - distance]);  // may well reach into what it writes
      }
      return true;
    }
    /// Little-endian.
    bool number(std::size_t bytes, std::uint64_t& into) {
      if (bytes > packed_.size() - at_) {
        return false;
      }
      into = 0;
      for (std::size_t i = 0; i < bytes; ++i) {
        into |= static_cast<std::uint64_t>(packed_[at_++]) << (8 * i);
      }
      return true;
    }
    static outcome damaged() { return failure{TIDEMILL_CORRUPT, "damaged snappy"}; }

    std::vector<std::uint8_t> packed_;
    std::size_t at_ = 0;
    outbox out_;
    bool is_made_ = false;
  };
};
TIDEMILL_PLUGIN(tiny_snappy)
