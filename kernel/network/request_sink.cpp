#include "network/request_sink.hpp"

namespace tidemill::network {

static_assert(sizeof(responder) <= 24, "a responder fits into the captures of a unique_function");

}  // namespace tidemill::network
