#include "protocol/frame.hpp"

#include <limits>

#include "base/assert.hpp"

namespace tidemill::protocol {

api_version request_header_version(const api_description& api, api_version version) noexcept {
  return api_version{static_cast<std::int16_t>(api.is_flexible(version) ? 2 : 1)};
}

api_version response_header_version(const api_description& api, api_version version) noexcept {
  const bool flexible = api.key != api_key::api_versions && api.is_flexible(version);
  return api_version{static_cast<std::int16_t>(flexible ? 1 : 0)};
}

result<request_header> decode_request_header(reader& from) {
  // Key and version stand first in every header version, so a copy of the reader can look ahead.
  reader ahead = from;
  const auto key = ahead.integer<std::int16_t>();
  const api_version version{ahead.integer<std::int16_t>()};
  if (ahead.failed()) {
    return make_error_code(ahead.error());
  }
  const api_description* const api = find_api(key);
  if (api == nullptr) {
    return make_error_code(errc::unknown_api);
  }
  return decode<request_header>(from, request_header_version(*api, version));
}

void begin_response(writer& to, const api_description& api, api_version version,
                    correlation_id correlation) {
  TIDEMILL_ASSERT(to.size_bytes() == 0);
  to.integer(std::int32_t{0});
  write_message(to, response_header{correlation}, response_header_version(api, version).value());
}

result<encoded_message> finish_response(writer& to) {
  TIDEMILL_ASSERT(to.failed() || to.position() >= frame_prefix_size_bytes);
  if (!to.failed()) {
    const std::uint64_t size = to.size_bytes() - frame_prefix_size_bytes;
    if (size > static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max())) {
      to.fail(errc::value_too_long);
    } else {
      to.patch_int32(0, static_cast<std::int32_t>(size));
    }
  }
  return to.finish();
}

}  // namespace tidemill::protocol
