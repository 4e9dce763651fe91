#include "server/admin/http_message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill::server::admin {
namespace {

using progress = http_request_reader::progress;
using testing::HasSubstr;

constexpr const char* plain_request = "GET /metrics?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST(http_request_reader, whole_request_is_read) {
  http_request_reader reader;
  ASSERT_EQ(reader.put(as_bytes(plain_request)), progress::complete);
  const http_request request = reader.take();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/metrics?x=1");
}

TEST(http_request_reader, what_a_page_in_a_browser_sends_is_known) {
  for (const auto& [field, expected] :
       {std::pair("Origin: null", true), std::pair("sec-fetch-site: cross-site", true),
        std::pair("User-Agent: curl", false)}) {
    http_request_reader reader;
    const std::string text =
        "POST /v1 HTTP/1.1\r\nContent-Length: 0\r\n" + std::string(field) + "\r\n\r\n";
    ASSERT_EQ(reader.put(as_bytes(text)), progress::complete);
    EXPECT_EQ(reader.take().is_from_browser, expected) << field;
  }
}

TEST(http_request_reader, request_cut_anywhere_is_read) {
  const std::string_view text = plain_request;
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    http_request_reader reader;
    ASSERT_EQ(reader.put(as_bytes(text.substr(0, cut))), progress::more) << cut;
    ASSERT_EQ(reader.put(as_bytes(text.substr(cut))), progress::complete) << cut;
    EXPECT_EQ(reader.take().target, "/metrics?x=1");
  }
}

TEST(http_request_reader, byte_by_byte_is_read) {
  http_request_reader reader;
  const std::string_view text = plain_request;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    ASSERT_EQ(reader.put(as_bytes(text.substr(i, 1))), progress::more) << i;
  }
  EXPECT_EQ(reader.put(as_bytes(text.substr(text.size() - 1))), progress::complete);
}

TEST(http_request_reader, body_within_the_limit_is_taken_and_ignored) {
  http_request_reader reader;
  ASSERT_EQ(reader.put(as_bytes("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc")),
            progress::complete);
  EXPECT_EQ(reader.take().method, "POST");
}

TEST(http_request_reader, what_is_not_http_is_malformed) {
  for (const std::string_view text :
       {std::string_view("\0\0\0\x10garbage garbage", 19), std::string_view("\x16\x03\x01\x02", 4),
        std::string_view("GET / HTTP/9.9\r\n\r\n"), std::string_view("GET /\r\n\r\n"),
        std::string_view("GET / HTTP/1.1\r\nbad header\r\n\r\n")}) {
    http_request_reader reader;
    EXPECT_EQ(reader.put(as_bytes(text)), progress::malformed) << text;
  }
}

TEST(http_request_reader, endless_header_is_too_large) {
  http_request_reader reader;
  ASSERT_EQ(reader.put(as_bytes("GET / HTTP/1.1\r\nX: ")), progress::more);
  const std::string piece(1000, 'x');
  progress last = progress::more;
  for (int i = 0; i < 20 && last == progress::more; ++i) {
    last = reader.put(as_bytes(piece));
  }
  EXPECT_EQ(last, progress::too_large);
}

TEST(http_request_reader, announced_body_over_the_limit_is_too_large) {
  http_request_reader reader;
  EXPECT_EQ(reader.put(as_bytes("POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n")),
            progress::too_large);
}

TEST(http_request_reader, chunked_body_over_the_limit_is_too_large) {
  http_request_reader reader;
  progress last = reader.put(as_bytes("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"));
  for (int i = 0; i < 100 && last == progress::more; ++i) {
    last = reader.put(as_bytes("400\r\n" + std::string(1024, 'x') + "\r\n"));
  }
  EXPECT_EQ(last, progress::too_large);
}

TEST(serialize, response_has_length_and_ends_the_connection) {
  const std::string text = serialize({200, "text/plain", "hello"}, true);
  EXPECT_THAT(text, testing::StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(text, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(text, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(text, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(text, testing::EndsWith("\r\n\r\nhello"));
}

TEST(serialize, head_has_the_length_without_the_body) {
  const std::string text = serialize({200, "text/plain", "hello"}, false);
  EXPECT_THAT(text, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(text, testing::EndsWith("\r\n\r\n"));
}

}  // namespace
}  // namespace tidemill::server::admin
