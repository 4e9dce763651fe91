#include "extension/kind.hpp"

namespace tidemill::extension {

std::string_view name_of(kind which) noexcept {
  switch (which) {
    case kind::partitioner:
      return "partitioner";
    case kind::transform:
      return "transform";
    case kind::retention:
      return "retention";
    case kind::codec:
      return "codec";
  }
  return "unknown";
}

}  // namespace tidemill::extension
