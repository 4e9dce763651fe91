#include "log/segment_scrub.hpp"

#include "log/batch_walk.hpp"
#include "log/errc.hpp"
#include "log/file_names.hpp"

namespace tidemill::log {

result<scrub_outcome> scrub_segment(io::disk& disk, const scrub_order& order) {
  scrub_outcome outcome{order.position, order.lowest, 0, std::nullopt};
  const auto damaged = [&](std::uint64_t position, std::string found, std::string expected) {
    outcome.damage = {order.segment, position, std::move(found), std::move(expected)};
    return outcome;
  };
  auto file = disk.open(segment_file_path(order.directory, order.segment, log_suffix),
                        io::open_mode::read_only);
  if (!file) {
    return io::is_missing(file.error())
               ? result<scrub_outcome>(
                     damaged(order.position, "no file", std::to_string(order.end) + " bytes"))
               : result<scrub_outcome>(file.error());
  }
  TIDEMILL_TRY_ASSIGN(size, (*file)->size());
  if (size < order.end) {
    return damaged(size, "the end of the file", std::to_string(order.end) + " bytes");
  }
  batch_scan scan(**file, order.position, order.end,
                  {.expected = order.lowest, .gaps_allowed = true});
  while (outcome.scrubbed_bytes < order.size_bytes_max) {
    TIDEMILL_TRY_ASSIGN(step, scan.next());
    if (step == walk_step::end) {
      break;
    }
    outcome.position = scan.end_position();
    outcome.lowest = scan.expected();
    outcome.scrubbed_bytes = outcome.position - order.position;
  }
  if (scan.flaw() != recovery_report::cut_reason::none) {
    return damaged(scan.position(), std::string(to_string(scan.flaw())), "a sound batch");
  }
  return outcome;
}

}  // namespace tidemill::log
