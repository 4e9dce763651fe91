#pragma once

#include <functional>
#include <span>
#include <stdexcept>
#include <string>

#include "tidemill/conformance/suite.hpp"
#include "tidemill/inspection/description.hpp"

namespace tidemill::conformance {

/// The rule is broken: what was found, what was expected.
class fault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A call answered with a failure, which some tests put up with.
class call_failed : public fault {
 public:
  call_failed(const std::string& function, int status, const std::string& message)
      : fault(function + "() answers " + std::to_string(status) + ": " +
              (message.empty() ? "(no message)" : message)),
        has_message_(!message.empty()) {}
  [[nodiscard]] bool has_message() const noexcept { return has_message_; }

 private:
  bool has_message_;
};

/// The test does not apply, and why.
class not_applicable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline void expect(bool condition, const std::string& message) {
  if (!condition) {
    throw fault(message);
  }
}

/// What a test is given.
struct context {
  const run_options& options;
};

/// Returns what it measured, often nothing; throws fault or not_applicable.
struct test {
  const char* name;
  const char* rule;
  std::function<std::string(const context&)> run;
};

/// The tests of each source file, in order.
std::span<const test> file_tests();
std::span<const test> life_tests();
std::span<const test> partitioner_tests();
std::span<const test> transform_tests();
std::span<const test> retention_tests();
std::span<const test> codec_tests();
std::span<const test> authenticator_tests();
std::span<const test> authorizer_tests();

}  // namespace tidemill::conformance
