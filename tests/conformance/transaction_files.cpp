// Makes the directory of one partition with several segments, in which transactions were committed,
// aborted (over more than one segment) and left open, for Kafka's own dump tool to read: no client
// can make such a log before there are transaction coordinators. Usage: transaction_files DIRECTORY
#include <cstdio>
#include <memory>
#include <string>

#include "io/posix_disk.hpp"
#include "io/system_clock.hpp"
#include "log/log.hpp"
#include "log/open_logs.hpp"
#include "partition/derived_state.hpp"
#include "record/batch_builder.hpp"
#include "record/control_batch.hpp"

namespace tidemill {
namespace {

class story {
 public:
  explicit story(const std::string& directory)
      : derived_({*disk_, clock_, directory + "/topic-0"}) {
    auto options = std::make_shared<log::log_options>();
    options->segment_size_bytes_max = 3000;
    options->index_interval_bytes = 256;
    log::open_request request;
    request.directory = directory + "/topic-0";
    request.options = options;
    request.observer = &derived_;
    request.exists = false;
    log::recovery_report report;
    log_ = log::log::open({*disk_, clock_, open_logs_}, std::move(request), report).value();
  }

  result<void> tell() {
    using outcome = record::end_transaction_marker::outcome;
    for (int turn = 0; turn < 6; ++turn) {
      for (int producer = 1; producer <= 3; ++producer) {
        TIDEMILL_TRY(data(producer, 2 * turn));
        TIDEMILL_TRY(data(producer, 2 * turn + 1));
      }
      TIDEMILL_TRY(end(1, outcome::commit));
      if (turn % 2 == 1) {
        TIDEMILL_TRY(end(2, outcome::abort));
      }
    }
    TIDEMILL_TRY(end(3, outcome::abort));
    TIDEMILL_TRY(data(4, 0));  // stays open
    TIDEMILL_TRY(derived_.save(log_->log_end()));
    TIDEMILL_TRY(log_->close());
    return {};
  }

 private:
  result<void> write(byte_buffer batch) {
    const mutable_bytes bytes(batch);
    derived_.begin_epoch(leader_epoch{1}, log_->log_end());
    TIDEMILL_TRY(log_->append({&bytes, 1}, leader_epoch{1}));
    return derived_.appended(record::batch_view(batch), log_->segments().back().base_offset);
  }
  result<void> data(int producer, std::int32_t first_sequence) {
    record::batch_options options;
    options.producer =
        record::batch_producer{producer_id{producer}, producer_epoch{0}, sequence{first_sequence}};
    options.transactional = true;
    record::batch_builder builder(options);
    record::new_record added;
    added.timestamp_ms = ++now_ms_;
    const std::string value(200, 'x');
    added.value = as_bytes(value);
    builder.append(added);
    TIDEMILL_TRY_ASSIGN(batch, builder.finish());
    return write(std::move(batch));
  }
  result<void> end(int producer, record::end_transaction_marker::outcome how) {
    return write(record::build_end_transaction_batch(
        {producer_id{producer}, producer_epoch{0}, how, 0}, offset{0}, ++now_ms_));
  }

  std::unique_ptr<io::disk> disk_ = io::make_posix_disk();
  io::system_clock clock_;
  log::open_logs open_logs_{8};
  partition::derived_state derived_;
  std::unique_ptr<log::log> log_;
  std::int64_t now_ms_ = 1'700'000'000'000;
};

}  // namespace
}  // namespace tidemill

int main(int count, char** words) {
  if (count != 2) {
    std::fputs("usage: transaction_files DIRECTORY\n", stderr);
    return 2;
  }
  const auto told = tidemill::story(words[1]).tell();
  if (!told) {
    std::fprintf(stderr, "%s\n", told.error().message().c_str());
  }
  return told ? 0 : 1;
}
