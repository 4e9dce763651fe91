#pragma once

#include <memory>
#include <string>

#include "kafka/client.hpp"
#include "record/record_text.hpp"

namespace tidemill::cli {

/// Sends records and counts what became of them. One thread.
class record_writer {
 public:
  struct figures {
    std::int64_t delivered = 0;
    std::int64_t failed = 0;
    std::uint64_t bytes = 0;
    /// The first failure: a problem, or empty.
    std::string first_failure;
  };

  [[nodiscard]] static outcome<record_writer> open(const connection& where,
                                                   const std::string& topic,
                                                   const client::settings& own);

  /// Copies the record; waits while too many are on their way. A problem where the record can
  /// never be sent.
  [[nodiscard]] outcome<void> write(const new_record& record);
  /// Waits until all were delivered, or have failed.
  [[nodiscard]] outcome<void> flush();
  [[nodiscard]] const figures& so_far() const noexcept { return *figures_; }

 private:
  record_writer(client handle, std::unique_ptr<figures> counted, std::string topic)
      : figures_(std::move(counted)), handle_(std::move(handle)), topic_(std::move(topic)) {}

  /// The handle's callback writes to it.
  std::unique_ptr<figures> figures_;
  client handle_;
  std::string topic_;
};

}  // namespace tidemill::cli
