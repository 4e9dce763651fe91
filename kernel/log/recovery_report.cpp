#include "log/recovery_report.hpp"

namespace tidemill::log {

std::string_view to_string(recovery_report::cut_reason reason) noexcept {
  using cut_reason = recovery_report::cut_reason;
  switch (reason) {
    case cut_reason::none:
      return "nothing was cut";
    case cut_reason::torn_batch:
      return "the file ends inside a batch";
    case cut_reason::invalid_header:
      return "no batch header stands there";
    case cut_reason::crc_mismatch:
      return "a checksum does not fit";
    case cut_reason::offset_mismatch:
      return "a batch does not follow the one before";
    case cut_reason::orphan_segment:
      return "a segment does not start where the one before ends";
    case cut_reason::start_beyond_end:
      return "log-start-offset-checkpoint names a log start beyond all records; the segments were "
             "renamed to *.log.lost";
  }
  return "unknown";
}

}  // namespace tidemill::log
