#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "extension/codec_stream.hpp"
#include "extension/seat.hpp"
#include "record/codec.hpp"

namespace tidemill::extension {

/// A codec plugin behind the kernel's seam. Any thread: each works with a state and streams of its
/// own, which are kept from batch to batch. Output is bounded whatever the plugin does.
///
/// Damaged input is the client's fault and says nothing about the plugin. Anything else that goes
/// wrong is a fault of the plugin: record::errc::codec_failed.
class codec_adapter final : public record::codec {
 public:
  explicit codec_adapter(const host_environment& environment);
  ~codec_adapter() override;

  /// Another instance takes over; nullptr: nobody, to be told to the codec_set before. Each thread
  /// changes between two batches. Any thread.
  void give_to(std::shared_ptr<const instance> next);
  [[nodiscard]] std::shared_ptr<const instance> holder() const;
  /// Closes what the calling thread has of instances that do not hold the place any more.
  void let_go_here();
  /// Closes what all threads have; when none of them works with it any more, but for one that hangs
  /// in a call, whose state and streams stay open.
  void let_go_all();

  [[nodiscard]] result<void> decompress(bytes_view compressed, std::size_t output_size_bytes_max,
                                        byte_buffer& output) const override;
  [[nodiscard]] result<bytes_view> plain_form(bytes_view compressed,
                                              std::size_t output_size_bytes_max,
                                              byte_buffer& room) const override;
  [[nodiscard]] result<void> compress(bytes_view plain, std::optional<std::int32_t> level,
                                      byte_buffer& output) const override;

  [[nodiscard]] call_figures figures() const;

  /// On top of call_time_max, for each byte of the plain or the compressed form, whichever is more:
  /// a tenth of the speed of the slowest level of the slowest codec.
  static constexpr std::chrono::nanoseconds time_for_each_byte{1000};

 private:
  struct worker;
  [[nodiscard]] worker& worker_here() const;
  void refresh(worker& mine) const;
  /// What came out lies in the stream, which is trimmed afterwards.
  [[nodiscard]] result<codec_stream*> run(std::uint32_t direction, bytes_view input,
                                          const stream_bounds& bounds) const;
  [[nodiscard]] static result<void> judge(worker& mine, const codec_stream& stream,
                                          const stream_outcome& outcome,
                                          std::size_t output_size_bytes_max);
  [[nodiscard]] static bool check_time(worker& mine, std::chrono::nanoseconds took,
                                       std::size_t size_bytes);

  const host_environment& environment_;
  /// Never used twice, so that what a thread remembers of an adapter that is gone misleads nobody.
  const std::uint64_t id_;
  mutable std::mutex mutex_;
  std::shared_ptr<const instance> holder_;
  std::atomic<std::uint64_t> generation_{0};
  mutable std::vector<std::unique_ptr<worker>> workers_;
};

}  // namespace tidemill::extension
