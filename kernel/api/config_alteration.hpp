#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/request_context.hpp"
#include "metadata/controller.hpp"
#include "protocol/error.hpp"

namespace tidemill::api {

/// What AlterConfigs and IncrementalAlterConfigs have in common: resources whose settings change,
/// each on its own, all or none of a resource's. Home loop.
class config_alteration : public std::enable_shared_from_this<config_alteration> {
 public:
  struct row {
    std::int8_t type = 0;
    std::string name;
    std::vector<metadata::setting_change> changes;
    protocol::wire_error error = protocol::wire_error::none;
    std::string message;
  };

  config_alteration(metadata::unnamed_settings others, bool validate_only) noexcept
      : others_(others), validate_only_(validate_only) {}

  /// Adds a resource of the request; `refused` says what is wrong with its settings by themselves.
  void add(std::int8_t type, std::string_view name, std::vector<metadata::setting_change> changes,
           std::string refused);

  /// Judges the resources and has the controller change those that pass; then `by` gets the
  /// rows in the order of the request.
  using answerer = void (*)(request_context&, const std::vector<row>&);
  void run(request_context request, answerer by);

  // For answer_by_controller().
  using outcomes = std::vector<metadata::outcome<void>>;
  void receive(outcomes decided);
  void time_out();
  void answer(request_context& request) { answer_(request, rows_); }

 private:
  void refuse_repeated();
  void judge(const request_context& request, row& one) const;

  metadata::unnamed_settings others_;
  bool validate_only_;
  std::vector<row> rows_;
  answerer answer_ = nullptr;
};

/// The rows as either API answers them.
template <class Response>
void answer_alteration(request_context& request, const std::vector<config_alteration::row>& rows) {
  Response response;
  for (const auto& row : rows) {
    auto& result = response.responses.emplace_back();
    result.error_code = row.error;
    result.error_message = row.message;
    result.resource_type = row.type;
    result.resource_name = row.name;
  }
  request.answer(response);
}

}  // namespace tidemill::api
