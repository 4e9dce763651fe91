#include "base/content_hash.hpp"

// The one file that sees OpenSSL.
#include <openssl/sha.h>

#include <array>
#include <string_view>

namespace tidemill {

std::string sha256_text(bytes_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  ::SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char one : digest) {
    text += digits[one >> 4U];
    text += digits[one & 0xfU];
  }
  return text;
}

}  // namespace tidemill
