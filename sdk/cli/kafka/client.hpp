#pragma once

#include <librdkafka/rdkafka.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "kafka/connection.hpp"

namespace tidemill::cli {

/// A handle of librdkafka: its threads start when it is opened and are joined when it goes.
class client {
 public:
  using settings = std::map<std::string, std::string>;

  /// `what` is whether it reads or writes; it reads for admin calls too, because a
  /// reader makes no topic by asking for it. -X goes over `own`.
  [[nodiscard]] static outcome<client> open(const connection& where, rd_kafka_type_t what,
                                            const settings& own = {});
  /// A producer, with a callback for what was delivered, called in rd_kafka_poll().
  using delivery_callback = void (*)(rd_kafka_t*, const rd_kafka_message_t*, void* opaque);
  [[nodiscard]] static outcome<client> open_producer(const connection& where, const settings& own,
                                                     delivery_callback delivered, void* opaque);

  /// Waits until a producer knows the topic and its leaders. A record that is given away before has
  /// to move to its leader's thread, which librdkafka 2.0 now and then wakes only a second later.
  [[nodiscard]] outcome<void> warm_up(const std::string& topic) const;

  [[nodiscard]] rd_kafka_t* raw() const noexcept { return handle_.get(); }
  [[nodiscard]] const connection& where() const noexcept { return where_; }
  [[nodiscard]] int timeout_ms() const noexcept {
    return static_cast<int>(where_.longest().count());
  }

  /// What a call that failed means, with what librdkafka last complained of.
  [[nodiscard]] problem problem_of(const std::string& doing, rd_kafka_resp_err_t why,
                                   const std::string& said = {}) const;

 private:
  struct destroyer {
    void operator()(rd_kafka_t* handle) const noexcept { rd_kafka_destroy(handle); }
  };
  /// What librdkafka logs, from threads of its own.
  struct complaints {
    std::mutex lock;
    std::string last;
    void* opaque = nullptr;
    delivery_callback delivered = nullptr;
  };
  friend struct client_callbacks;

  client(const connection& where, std::unique_ptr<complaints> told)
      : where_(where), told_(std::move(told)) {}
  [[nodiscard]] outcome<void> start(rd_kafka_type_t what, const settings& own);

  connection where_;
  /// Outlives the handle, whose threads write to it.
  std::unique_ptr<complaints> told_;
  std::unique_ptr<rd_kafka_t, destroyer> handle_;
};

/// "the topic does not exist", and what to do next.
[[nodiscard]] problem problem_of_code(const std::string& doing, rd_kafka_resp_err_t why,
                                      const std::string& said);

}  // namespace tidemill::cli
