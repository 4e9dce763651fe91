#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "protocol/api_table.hpp"
#include "protocol/header.hpp"
#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

namespace tidemill::protocol {

/// A frame on the wire:
///
///   int32 size | header | body          size counts header and body
///
/// Nothing says which version the header has: it follows from the API key and version in it.

/// Bytes of the size field.
inline constexpr std::size_t frame_prefix_size_bytes = 4;

/// The version of the request header: 1, or 2 where the API version is flexible (KIP-482). Versions
/// newer than the table knows count as flexible, so that the header of a request that will be
/// refused can be read (KIP-511).
[[nodiscard]] api_version request_header_version(const api_description& api,
                                                 api_version version) noexcept;

/// The version of the response header: 0, or 1 where the API version is flexible; always 0 for
/// ApiVersions, whose reader cannot know yet what the broker speaks.
[[nodiscard]] api_version response_header_version(const api_description& api,
                                                  api_version version) noexcept;

/// Reads the header of a request and leaves the reader at the body. `from` stands behind the size
/// field. client_id is a view of the reader's bytes. errc::unknown_api when the key is not in the
/// table; the version is not judged.
[[nodiscard]] result<request_header> decode_request_header(reader& from);

/// Starts a response frame: leaves room for the size and writes the header. The writer must be
/// empty. Then encode the body and call finish_response.
void begin_response(writer& to, const api_description& api, api_version version,
                    correlation_id correlation);

/// Fills in the size, external slices included, and hands the frame over.
[[nodiscard]] result<encoded_message> finish_response(writer& to);

/// A whole response frame.
template <message Response>
[[nodiscard]] result<encoded_message> encode_response(const Response& response, api_version version,
                                                      correlation_id correlation,
                                                      byte_buffer recycled = {}) {
  writer to(std::move(recycled));
  begin_response(to, describe(Response::api_key), version, correlation);
  TIDEMILL_TRY(encode(to, response, version));
  return finish_response(to);
}

}  // namespace tidemill::protocol
