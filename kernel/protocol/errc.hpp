#pragma once

#include <boost/system/error_code.hpp>
#include <type_traits>

namespace tidemill::protocol {

/// Why bytes are not the message they should be, or a message cannot be written. A decode error
/// means that the peer broke the protocol: the connection is closed. An encode error means that
/// this broker filled a response that the version cannot carry.
enum class errc {
  truncated = 1,         ///< The bytes end inside a value.
  trailing_bytes,        ///< Bytes are left over after the message or a tagged field.
  invalid_length,        ///< A length is below -1, above the type's limit or above the bytes left.
  invalid_varint,        ///< A variable-length number is longer than 32 bits.
  null_not_allowed,      ///< Null where this version forbids it.
  too_many_elements,     ///< The arrays have more elements than the reader may read.
  budget_exceeded,       ///< Decoded arrays would take more memory than the reader may use.
  tags_out_of_order,     ///< Tagged fields that repeat a tag or go down.
  unknown_api,           ///< A request with a key that is not in the table.
  unsupported_version,   ///< A version that the schema does not know.
  field_not_in_version,  ///< A field is set that this version cannot carry and that matters.
  value_too_long,        ///< A string, array or message longer than its length field can say.
};

const boost::system::error_category& protocol_category() noexcept;

inline boost::system::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), protocol_category()};
}

}  // namespace tidemill::protocol

template <>
struct boost::system::is_error_code_enum<tidemill::protocol::errc> : std::true_type {};
