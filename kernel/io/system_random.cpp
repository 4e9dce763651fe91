#include "io/system_random.hpp"

#include <sys/random.h>

#include <bit>
#include <cerrno>

#include "base/assert.hpp"

namespace tidemill::io {

system_random::system_random() noexcept {
  ssize_t filled = -1;
  do {
    filled = ::getrandom(state_.data(), sizeof(state_), 0);
  } while (filled < 0 && errno == EINTR);
  TIDEMILL_ASSERT(filled == static_cast<ssize_t>(sizeof(state_)));
  state_[0] |= 1;  // all zeros is the one state that the generator cannot leave
}

std::uint64_t system_random::next() noexcept {
  const std::uint64_t drawn = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return drawn;
}

}  // namespace tidemill::io
