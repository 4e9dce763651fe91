#include "api/group_journal.hpp"

#include <utility>

#include "api/wire_error.hpp"
#include "partition/partition.hpp"

namespace tidemill::api {
namespace {

using groups::errc;

constexpr std::size_t piece_size_bytes = std::size_t{1} << 20;

/// Kafka's table: storage errors never reach a member as such; it looks for its coordinator again,
/// or comes back.
errc told(const error_code& error) noexcept {
  using protocol::wire_error;
  const auto wire = to_wire(error);
  if (wire == wire_error::not_leader_or_follower || wire == wire_error::kafka_storage_error) {
    return errc::not_coordinator;
  }
  if (wire == wire_error::message_too_large || wire == wire_error::record_list_too_large) {
    return errc::record_too_large;
  }
  return errc::not_available;
}

class group_journal final : public groups::journal {
 public:
  group_journal(partition::host& partitions, io::blocking_pool& pool, io::event_loop& loop,
                const partition::partition_key& key)
      : partitions_(partitions), pool_(pool), loop_(loop), key_(key) {}

  void append(byte_buffer batch, unique_function<void(errc)> done) override {
    // Kept until the append is answered, whatever becomes of the coordinator meanwhile.
    auto bytes = std::make_shared<byte_buffer>(std::move(batch));
    auto store = [bytes, done = std::move(done)](result<partition::partition*> opened) mutable {
      if (!opened) {
        return done(told(opened.error()));
      }
      (*opened)->append(*bytes, partition::append_options{},
                        [bytes, done = std::move(done)](const auto& outcome) mutable {
                          done(outcome ? errc::none : told(outcome.error().error));
                        });
    };
    if (auto* open = partitions_.find(key_)) {
      store(open);
    } else {
      partitions_.open(key_, std::move(store));
    }
  }

  void load(unique_function<void(bytes_view)> visit, unique_function<void(errc)> done) override {
    visit_ = std::move(visit);
    done_ = std::move(done);
    position_.reset();
    next_piece();
  }

 private:
  void next_piece() {
    partitions_.open(key_, [this, alive = std::weak_ptr(alive_)](const auto& opened) {
      if (!alive.lock()) {
        return;
      }
      if (!opened) {
        return end(errc::not_available);
      }
      read_piece(**opened);
    });
  }

  void read_piece(partition::partition& from) {
    if (!position_) {
      position_ = from.log_start();
    }
    partition::read_request wanted;
    wanted.from = *position_;
    wanted.size_bytes_max = piece_size_bytes;
    const auto read = from.read(wanted);
    if (!read) {
      return end(errc::not_available);
    }
    if (read->slice.empty()) {
      return end(errc::none);
    }
    position_ = read->slice.end;
    pool_.submit([this, slice = read->slice, loop = &loop_, alive = std::weak_ptr(alive_)] {
      byte_buffer bytes(slice.size_bytes);
      const auto got = slice.file->read_at(slice.position, bytes);
      const bool whole = got && *got == bytes.size();
      loop->post([this, bytes = std::move(bytes), whole, alive] {
        if (!alive.lock()) {
          return;
        }
        if (!whole) {
          return end(errc::not_available);
        }
        visit_(bytes);
        next_piece();
      });
    });
  }

  void end(errc outcome) {
    visit_ = nullptr;
    std::exchange(done_, nullptr)(outcome);
  }

  partition::host& partitions_;
  io::blocking_pool& pool_;
  io::event_loop& loop_;
  partition::partition_key key_;
  unique_function<void(bytes_view)> visit_;
  unique_function<void(errc)> done_;
  std::optional<offset> position_;
  // Shared with nobody; callbacks look whether it is still there.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::unique_ptr<groups::journal> make_group_journal(partition::host& partitions,
                                                    io::blocking_pool& pool, io::event_loop& loop,
                                                    const partition::partition_key& key) {
  return std::make_unique<group_journal>(partitions, pool, loop, key);
}

}  // namespace tidemill::api
