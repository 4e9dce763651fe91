// The one file that sees spdlog, which adds the time and writes each line whole.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "server/logging/logger.hpp"

namespace tidemill::server {
namespace {

constexpr const char* text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %v";
constexpr const char* json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v})";

class standard_error_output final : public log_output {
 public:
  explicit standard_error_output(log_format format)
      : log_("tidemill", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    log_.set_pattern(format == log_format::json ? json_pattern : text_pattern,
                     spdlog::pattern_time_type::utc);
    log_.set_level(spdlog::level::trace);
    log_.flush_on(spdlog::level::trace);
    // Nobody is left to tell when standard error can't be written.
    log_.set_error_handler([](const std::string&) {});
  }

  void write(std::string_view line) override { log_.log(spdlog::level::info, line); }

 private:
  spdlog::logger log_;
};

}  // namespace

std::unique_ptr<log_output> make_standard_error_output(log_format format) {
  return std::make_unique<standard_error_output>(format);
}

}  // namespace tidemill::server
