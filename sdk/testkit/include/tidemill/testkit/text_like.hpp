#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace tidemill::testkit {

/// Words drawn from a small vocabulary: what logs and JSON look like to a compressor.
[[nodiscard]] inline std::string text_like(std::size_t size) {
  std::mt19937 generator(3);
  std::vector<std::string> words;
  for (int i = 0; i < 300; ++i) {
    std::string word(generator() % 8 + 2, '\0');
    for (char& letter : word) {
      letter = static_cast<char>('a' + generator() % 26);
    }
    words.push_back(word + ' ');
  }
  std::string text;
  while (text.size() < size) {
    text += words[generator() % words.size()];
  }
  text.resize(size);
  return text;
}

}  // namespace tidemill::testkit
