#include "partition/closing.hpp"

#include <algorithm>
#include <span>

namespace tidemill::partition {
namespace {

/// The producers are written down; then everything that is to be made durable is in the job, but
/// for the files of derived_state.
result<log::flush_job> begin(open_state& closing) {
  if (!closing.exists) {
    closing.log->abandon();
    return log::flush_job();
  }
  if (const auto obstacle = closing.log->write_obstacle()) {
    closing.log->abandon();
    return make_error_code(*obstacle);
  }
  TIDEMILL_TRY(closing.derived.save(closing.log->log_end()));
  return closing.log->begin_close();
}

/// All is durable.
result<void> end(open_state& closing, const std::string& name, log::data_directory& directory) {
  if (!closing.exists) {
    return {};
  }
  TIDEMILL_TRY_ASSIGN(state, closing.log->close());
  state.aborted_transactions = closing.derived.count_aborted(state.log_start);
  directory.set_high_watermark(name, state.log_end);
  directory.put_clean(name, std::move(state));
  return {};
}

/// Many syncs of one log are made as one of the whole file system, too.
result<void> make_durable(log::flush_job& job, io::disk& disk, const std::string& directory) {
  if (job.sync_count() < closed_together_min) {
    return job.run();
  }
  TIDEMILL_TRY(disk.sync_file_system(directory));
  return job.check_synced();
}

result<void> close_alone(closing_log& one, io::disk& disk, log::data_directory& directory) {
  auto& [name, closing] = one;
  TIDEMILL_TRY_ASSIGN(job, begin(*closing));
  if (closing->exists) {
    const auto beside = derived_state::sync_files(disk, closing->log->directory(),
                                                  closing->derived.take_unsynced());
    if (!beside && !job.empty()) {
      job.finish(beside);
    }
    TIDEMILL_TRY(beside);
  }
  while (!job.empty()) {
    const auto outcome = make_durable(job, disk, directory.path());
    job.finish(outcome);
    TIDEMILL_TRY(outcome);
    TIDEMILL_TRY_ASSIGN(next, closing->log->begin_close());
    job = std::move(next);
  }
  return end(*closing, name, directory);
}

void close_together(std::span<closing_log> some, io::disk& disk, log::data_directory& directory,
                    std::vector<closing_failure>& failures) {
  std::vector<result<log::flush_job>> jobs;
  jobs.reserve(some.size());
  for (closing_log& one : some) {
    jobs.push_back(begin(*one.second));
  }
  const result<void> synced = disk.sync_file_system(directory.path());
  for (std::size_t index = 0; index < some.size(); ++index) {
    auto& [name, closing] = some[index];
    result<void> outcome = jobs[index] ? synced : result<void>(jobs[index].error());
    if (jobs[index] && !jobs[index]->empty()) {
      outcome = synced ? jobs[index]->check_synced() : synced;
      jobs[index]->finish(outcome);
    }
    outcome = outcome ? end(*closing, name, directory) : outcome;
    if (!outcome) {
      failures.emplace_back(name, outcome.error());
    }
    closing.reset();
  }
}

}  // namespace

std::vector<closing_failure> close_logs(std::vector<closing_log> closing, std::size_t descriptors,
                                        io::disk& disk, log::data_directory& directory) {
  directory.make_room_to_close();
  const std::size_t together = std::min(descriptors, closed_together_max);
  std::vector<closing_failure> failures;
  std::span<closing_log> left(closing);
  while (together >= closed_together_min && left.size() >= closed_together_min) {
    const auto some = left.first(std::min(left.size(), together));
    left = left.subspan(some.size());
    close_together(some, disk, directory, failures);
  }
  for (closing_log& one : left) {
    if (const auto closed = close_alone(one, disk, directory); !closed) {
      failures.emplace_back(one.first, closed.error());
    }
    one.second.reset();
  }
  return failures;
}

}  // namespace tidemill::partition
