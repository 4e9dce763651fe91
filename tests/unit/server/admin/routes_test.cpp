#include "server/admin/routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill::server::admin {
namespace {

http_response ask(routes& paths, std::string method, std::string target) {
  http_response got{0, "", ""};
  paths.serve({std::move(method), std::move(target)},
              [&](http_response response) { got = std::move(response); });
  return got;
}

struct routes_test : testing::Test {
  routes_test() {
    paths.add("/healthz", [](answer reply) { reply({200, "text/plain", "ok\n"}); });
  }
  routes paths;
};

TEST_F(routes_test, known_path_is_served_whatever_the_query) {
  EXPECT_EQ(ask(paths, "GET", "/healthz").body, "ok\n");
  EXPECT_EQ(ask(paths, "GET", "/healthz?verbose").body, "ok\n");
  EXPECT_EQ(ask(paths, "HEAD", "/healthz").status, 200U);
}

TEST_F(routes_test, other_methods_are_refused) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    EXPECT_EQ(ask(paths, method, "/healthz").status, 405U);
  }
}

TEST_F(routes_test, unknown_path_is_answered_with_those_there_are) {
  const http_response got = ask(paths, "GET", "/health\x1b");
  EXPECT_EQ(got.status, 404U);
  EXPECT_THAT(got.body, testing::HasSubstr("/healthz\n"));
  EXPECT_EQ(got.body.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace tidemill::server::admin
