#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "io/disk.hpp"
#include "io/stream.hpp"

namespace tidemill::network::test {

/// A stream that takes as many bytes in each call as it is told to.
class fake_stream final : public io::stream {
 public:
  result<std::size_t> read_some(mutable_bytes) override { return would_block(); }
  using io::stream::read_some;
  result<std::size_t> write_some(std::span<const bytes_view> pieces, bool) override {
    ++writes;
    std::size_t taken = 0;
    for (const bytes_view piece : pieces) {
      const std::size_t size = std::min(piece.size(), bytes_per_call - taken);
      written += as_text(piece.first(size));
      taken += size;
    }
    if (taken == 0) {
      return would_block();
    }
    return taken;
  }
  result<std::size_t> send_file(const io::file& from, std::uint64_t position,
                                std::size_t size) override {
    ++sends;
    std::string part(std::min(size, bytes_per_call), '\0');
    const auto read = from.read_at(position, std::as_writable_bytes(std::span(part)));
    part.resize(*read);
    written += part;
    if (part.empty() && bytes_per_call == 0) {
      return would_block();
    }
    return part.size();
  }
  void wait_readable(unique_function<void()>) override {}
  void wait_writable(unique_function<void()>) override {}
  void close() noexcept override {}
  std::string peer() const override { return "fake:1"; }
  std::string peer_address() const override { return "fake"; }

  std::string written;
  std::size_t bytes_per_call = SIZE_MAX;
  int writes = 0;
  int sends = 0;

 private:
  static error_code would_block() {
    return make_error_code(boost::system::errc::operation_would_block);
  }
};

/// A read-only file in memory whose residency is a switch.
class fake_file final : public io::file {
 public:
  explicit fake_file(std::string content) : content_(std::move(content)) {}
  result<void> write_at(std::uint64_t, std::span<const bytes_view>) override { return {}; }
  result<std::size_t> read_at(std::uint64_t position, mutable_bytes into) const override {
    const std::size_t begin = std::min<std::size_t>(position, content_.size());
    const std::size_t size = std::min(into.size(), content_.size() - begin);
    std::memcpy(into.data(), content_.data() + begin, size);
    return size;
  }
  bool is_resident(std::uint64_t, std::size_t) const noexcept override { return resident; }
  void read_ahead(std::uint64_t, std::size_t) const noexcept override {}
  result<void> sync() override { return {}; }
  result<void> check_write_back() override { return {}; }
  void start_write_back(std::uint64_t, std::uint64_t) noexcept override {}
  result<void> truncate(std::uint64_t) override { return {}; }
  result<std::uint64_t> size() const override { return content_.size(); }
  int native_handle() const noexcept override { return -1; }

  bool resident = true;

 private:
  std::string content_;
};

}  // namespace tidemill::network::test
