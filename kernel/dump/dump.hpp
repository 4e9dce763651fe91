#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>

#include "io/disk.hpp"

/// What stands in the files of a log directory, for people who look for a fault: whether Tidemill
/// or Kafka has written them, whether or not a broker runs. Only reads. One thread.
namespace tidemill::dump {

struct options {
  /// The records of batches, too; those of compressed ones are not shown.
  bool with_records = false;
};

/// A finding as one flat object: "kind" says what it is ("batch", "record", "offset_index_entry",
/// ..., "problem"), "file" where it was found.
using row_sink = std::function<void(boost::json::object)>;

/// Rows of one file, by its name, or of all files of a partition's directory. A file that cannot be
/// read, and whatever is wrong inside, is a row of kind "problem": with what was found and what was
/// expected. Returns how many problems there were.
[[nodiscard]] std::size_t dump_path(io::disk& disk, const std::string& path, const options& wanted,
                                    const row_sink& sink);

}  // namespace tidemill::dump
