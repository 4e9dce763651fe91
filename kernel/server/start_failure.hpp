#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tidemill::server {

/// Why the broker could not start or go on, in one sentence that says what to do where that is
/// known.
struct start_failure {
  std::string sentence;
};
template <class T>
using start_result = boost::system::result<T, start_failure>;

/// For an address that could not be listened on. `key` is the setting that names it.
[[nodiscard]] start_failure listening_failed(std::string_view address, std::string_view key,
                                             const error_code& error);

/// For a data directory that could not be opened or written.
[[nodiscard]] start_failure directory_failed(std::string_view path, const error_code& error);

/// For the metadata log inside it.
[[nodiscard]] start_failure metadata_failed(std::string_view path, const error_code& error);
/// Where what is in it is damaged; `what` is what the quorum reports of it.
[[nodiscard]] start_failure metadata_damaged(std::string_view what);

/// Fewer open files than a broker can live with.
[[nodiscard]] start_failure too_few_descriptors(std::uint64_t found, std::uint64_t needed);

}  // namespace tidemill::server
