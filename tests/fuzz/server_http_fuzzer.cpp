// Any bytes as an HTTP request, whole and cut in two: no crash, bounded memory, and the same answer
// however the bytes are cut.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/admin/http_message.hpp"
#include "server/admin/routes.hpp"

namespace {

using namespace tidemill::server::admin;
using tidemill::bytes_view;
using progress = http_request_reader::progress;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

progress read(bytes_view bytes, std::size_t cut, std::string& served) {
  http_request_reader reader;
  progress last = reader.put(bytes.first(cut));
  if (last == progress::more && cut < bytes.size()) {
    last = reader.put(bytes.subspan(cut));
  }
  if (last == progress::complete) {
    routes paths;
    paths.add("/healthz", [](answer reply) { reply({200, "text/plain", "ok"}); });
    const http_request request = reader.take();
    paths.serve(request,
                [&](const http_response& response) { served = serialize(response, true); });
    require(!served.empty());
  }
  return last;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes_view bytes = std::as_bytes(std::span(data, size));
  std::string whole_answer;
  std::string cut_answer;
  const progress whole = read(bytes, bytes.size(), whole_answer);
  const progress cut = read(bytes, bytes.size() / 2, cut_answer);
  if (whole == progress::complete && cut == progress::complete) {
    require(whole_answer == cut_answer);
  }
  return 0;
}
