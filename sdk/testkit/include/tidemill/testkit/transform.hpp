#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>

#include "tidemill/testkit/instance.hpp"
#include "tidemill/testkit/records.hpp"
#include "tidemill/transform.h"

namespace tidemill::testkit {

/// A transform under test, asked through its table with the columns that its instance needs.
class transform {
 public:
  explicit transform(const std::string& path, const settings& given = {})
      : file_(path),
        table_(file_.kind<tidemill_transform>(TIDEMILL_TRANSFORM)),
        instance_(file_, given) {}

  [[nodiscard]] std::uint32_t needs() const {
    return table_.instance_needs == nullptr ? table_.needs : table_.instance_needs(instance_.raw());
  }
  /// Rejected records and the reasons. A call that fails throws its message.
  [[nodiscard]] std::map<std::uint32_t, std::string> validate(records& batch) {
    std::map<std::uint32_t, std::string> rejected;
    tidemill_rejections sink{};
    sink.struct_size = sizeof sink;
    sink.context = &rejected;
    sink.reject = [](const tidemill_rejections* into, std::uint32_t index, tidemill_bytes reason) {
      static_cast<std::map<std::uint32_t, std::string>*>(into->context)
          ->emplace(index, std::string(reinterpret_cast<const char*>(reason.data), reason.size));
    };
    error_slot why;
    if (table_.validate(instance_.shard(), batch.view(needs()), &sink, why.raw()) != TIDEMILL_OK) {
      throw std::runtime_error(why.message());
    }
    return rejected;
  }

 private:
  plugin_file file_;
  const tidemill_transform& table_;
  instance instance_;
};

}  // namespace tidemill::testkit
