#include "terminal/progress.hpp"

#include <algorithm>
#include <cstdio>

#include "terminal/style.hpp"
#include "terminal/units.hpp"

namespace tidemill::cli {
namespace {

constexpr std::chrono::milliseconds between_drawings{200};
/// Work that ends sooner shows nothing.
constexpr std::chrono::milliseconds before_first{500};

}  // namespace

progress::progress(std::string what, std::int64_t total)
    : what_(std::move(what)),
      total_(total),
      shown_(is_watched()),
      begun_(std::chrono::steady_clock::now()),
      next_(begun_ + before_first) {}

progress::~progress() {
  if (drawn_) {
    std::fputs("\r\033[K", stderr);
  }
}

void progress::at(std::int64_t done, std::uint64_t bytes, double part) {
  const auto now = std::chrono::steady_clock::now();
  if (!shown_ || now < next_) {
    return;
  }
  next_ = now + between_drawings;
  drawn_ = true;
  const std::chrono::duration<double> took = now - begun_;
  std::fprintf(stderr, "\r\033[K%s",
               line_of(what_, {done, total_, bytes, took.count(), part}).c_str());
}

std::string progress::line_of(const std::string& what, const state& now) {
  std::string text = count_text(now.done);
  if (now.total >= 0) {
    text += " of " + count_text(now.total);
  }
  text += " " + what;
  if (now.seconds <= 0) {
    return text;
  }
  const double rate = static_cast<double>(now.done) / now.seconds;
  text += ", " + count_text(static_cast<std::int64_t>(rate)) + "/s";
  if (now.bytes > 0) {
    const double byte_rate = static_cast<double>(now.bytes) / now.seconds;
    text += ", " + size_text(static_cast<std::uint64_t>(byte_rate)) + "/s";
  }
  const double part =
      now.total > 0 ? static_cast<double>(now.done) / static_cast<double>(now.total) : now.part;
  if (part > 0) {
    text += ", " + duration_text(now.seconds * std::max(0.0, 1 - part) / part) + " left";
  }
  return text;
}

}  // namespace tidemill::cli
