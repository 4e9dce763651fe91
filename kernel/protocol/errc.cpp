#include "protocol/errc.hpp"

#include "base/error_category.hpp"

namespace tidemill::protocol {
namespace {

std::string_view text_of(errc code) noexcept {
  switch (code) {
    case errc::truncated:
      return "the message ends inside a value";
    case errc::trailing_bytes:
      return "bytes are left over after the message";
    case errc::invalid_length:
      return "a length is negative or larger than what is left";
    case errc::invalid_varint:
      return "a variable-length number is too long";
    case errc::null_not_allowed:
      return "null where the version does not allow it";
    case errc::budget_exceeded:
      return "the arrays of the message need too much memory";
    case errc::too_many_elements:
      return "its arrays have more elements than such a request may have";
    case errc::tags_out_of_order:
      return "tagged fields are not in ascending order";
    case errc::unknown_api:
      return "unknown API key";
    case errc::unsupported_version:
      return "unsupported API version";
    case errc::field_not_in_version:
      return "a field is set that the version cannot carry";
    case errc::value_too_long:
      return "a value is too long for its length field";
  }
  return "unknown protocol error";
}

}  // namespace

const boost::system::error_category& protocol_category() noexcept {
  static const error_category<errc, text_of> instance("tidemill.protocol");
  return instance;
}

}  // namespace tidemill::protocol
