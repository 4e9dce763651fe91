#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include "tidemill/authenticator.h"
#include "tidemill/testkit/instance.hpp"
#include "tidemill/testkit/records.hpp"

namespace tidemill::testkit {

/// A SASL mechanism under test, asked through its table. One exchange at a time.
class authenticator {
 public:
  struct answer {
    tidemill_status status = TIDEMILL_OK;
    /// What is sent to the client.
    std::string bytes;
    std::string message;
    std::string principal_type;
    std::string principal_name;
    std::int64_t expires_ms = 0;
  };

  explicit authenticator(const std::string& path, const settings& given = {})
      : file_(path),
        table_(file_.kind<tidemill_authenticator>(TIDEMILL_AUTHENTICATOR)),
        instance_(file_, given) {}
  authenticator(const authenticator&) = delete;
  authenticator& operator=(const authenticator&) = delete;
  ~authenticator() { end(); }

  [[nodiscard]] const tidemill_authenticator& table() const noexcept { return table_; }

  /// A client begins, whatever became of the last one.
  void begin() {
    end();
    error_slot why;
    if (table_.begin(instance_.shard(), sender_.view(0)->client, &session_, why.raw()) !=
        TIDEMILL_OK) {
      throw std::runtime_error(why.message());
    }
    is_open_ = true;
  }
  /// The client says `message`. A step that is completed later is waited for.
  [[nodiscard]] answer step(const std::string& message) {
    error_slot why;
    std::string room(4096, '\0');
    tidemill_authentication outcome{};
    outcome.struct_size = sizeof outcome;
    outcome.answer = {reinterpret_cast<std::uint8_t*>(room.data()), room.size(), 0};
    const tidemill_token token = ++last_token_;
    answer made;
    made.status = table_.step(session_, view_of(message), token, &outcome, why.raw());
    if (made.status == TIDEMILL_PENDING) {
      made.status = instance_.host().wait(token, [&](const void* result) {
        outcome = *static_cast<const tidemill_authentication*>(result);
      });
    }
    made.bytes = room.substr(0, outcome.answer.size);
    made.message = why.message();
    made.principal_type.assign(outcome.principal_type, outcome.principal_type_size);
    made.principal_name.assign(outcome.principal_name, outcome.principal_name_size);
    made.expires_ms = outcome.expires_ms;
    return made;
  }
  /// One whole exchange of one message.
  [[nodiscard]] answer ask(const std::string& message) {
    begin();
    return step(message);
  }

 private:
  void end() {
    if (std::exchange(is_open_, false)) {
      table_.end(session_);
    }
  }

  plugin_file file_;
  const tidemill_authenticator& table_;
  instance instance_;
  records sender_;
  tidemill_session* session_ = nullptr;
  tidemill_token last_token_ = 0;
  bool is_open_ = false;
};

}  // namespace tidemill::testkit
