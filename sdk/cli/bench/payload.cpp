#include "bench/payload.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <string_view>

#include "terminal/units.hpp"

namespace tidemill::cli {

std::string payload_of(std::size_t size_bytes) {
  constexpr std::array<std::string_view, 12> words{"order",  "customer", "amount", "pending",
                                                   "region", "8c1f2e",   "eu-1",   "49.90",
                                                   "paid",   "shipment", "0b77",   "2026-11-28"};
  std::mt19937 generator(1);
  std::string text;
  while (text.size() < size_bytes) {
    text += words[generator() % words.size()];
    text += ' ';
    text += std::to_string(generator() % 10'000);
    text += ' ';
  }
  text.resize(size_bytes);
  return text;
}

std::string rates_text(std::int64_t records, std::uint64_t bytes, double seconds) {
  const double spent = std::max(seconds, 1e-9);
  return count_text(records) + " records in " + duration_text(seconds) + ": " +
         count_text(static_cast<std::int64_t>(static_cast<double>(records) / spent)) +
         " records/s, " +
         size_text(static_cast<std::uint64_t>(static_cast<double>(bytes) / spent)) + "/s";
}

}  // namespace tidemill::cli
