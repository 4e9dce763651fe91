#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "guarded.hpp"
#include "stage.hpp"
#include "tidemill/authenticator.h"
#include "tidemill/batch.h"
#include "tidemill/partitioner.h"
#include "tidemill/transform.h"

namespace tidemill::conformance {

/// Calls every kind once with something ordinary; throws fault where an answer is out of range.
void call_all_kinds(stage& on);

/// A record as a test writes it.
struct sample {
  std::optional<std::string> key;
  std::optional<std::string> value = "value";
};

/// A batch whose structs, columns and bytes all end in front of memory that nobody may touch.
/// Columns that were not asked for are NULL.
class guarded_batch {
 public:
  guarded_batch(const std::vector<sample>& samples, std::int32_t partition_count,
                std::uint32_t columns, std::size_t younger_by_bytes = 0);

  [[nodiscard]] const tidemill_batch* raw() const noexcept;
  [[nodiscard]] std::uint32_t size() const noexcept { return raw()->record_count; }

 private:
  template <class Struct>
  Struct* place(std::size_t younger_by_bytes);
  template <class T>
  T* column(std::size_t count);
  void fill_headers(std::size_t count);
  tidemill_bytes bytes_of(const std::optional<std::string>& text);

  std::vector<std::unique_ptr<guarded<std::uint8_t>>> rooms_;
  std::vector<std::unique_ptr<std::string>> texts_;
  tidemill_batch* batch_ = nullptr;
};

/// Keys of every sort: null, empty, short, long, with any bytes.
std::vector<sample> odd_samples();
/// `count` records with keys that repeat.
std::vector<sample> plain_samples(std::size_t count);

/// choose() on a batch; throws fault for answers out of range, writes past the output and failures.
std::vector<std::int32_t> choose(stage& on, const guarded_batch& batch, std::size_t shard = 0);
/// The columns that the instance needs.
std::uint32_t partitioner_needs(const stage& on);

/// validate() on a batch: the records rejected. Throws fault for indexes out of range.
std::vector<std::uint32_t> validate(stage& on, const guarded_batch& batch, std::size_t shard = 0);
std::uint32_t transform_needs(const stage& on);

/// vote() on a log with that many segments: the votes. Throws fault for others than there are.
std::vector<std::uint8_t> vote(stage& on, std::size_t segment_count, std::size_t shard = 0);

/// authorize() on that many actions: the decisions. Throws fault for others than there are.
std::vector<std::uint8_t> authorize(stage& on, std::size_t action_count, bool is_anonymous = false,
                                    std::size_t shard = 0);

/// One exchange in which the client says `messages`, one after another. Whether it was let in.
bool authenticate(stage& on, const tidemill_authenticator& table,
                  const std::vector<std::string>& messages);

}  // namespace tidemill::conformance
