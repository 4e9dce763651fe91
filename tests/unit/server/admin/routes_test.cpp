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

TEST_F(routes_test, actions_take_post_and_nothing_else_and_not_from_browsers) {
  int done = 0;
  paths.add_action("/v1/reload", [&](answer reply) {
    ++done;
    reply({200, "text/plain", "done\n"});
  });
  EXPECT_EQ(ask(paths, "POST", "/v1/reload").status, 200U);
  const http_response refused = ask(paths, "GET", "/v1/reload");
  EXPECT_EQ(refused.status, 405U);
  EXPECT_EQ(refused.allowed_methods, "POST");
  http_response got;
  paths.serve({"POST", "/v1/reload", true}, [&](http_response response) { got = response; });
  EXPECT_EQ(got.status, 403U);
  EXPECT_EQ(done, 1);
}

TEST_F(routes_test, named_actions_get_the_word_between) {
  std::string got;
  paths.add_named_action("/v1/x/", "/disable", [&](std::string name, std::string, answer reply) {
    got = std::move(name);
    reply({200, "text/plain", ""});
  });
  EXPECT_EQ(ask(paths, "POST", "/v1/x/keys/disable").status, 200U);
  EXPECT_EQ(got, "keys");
  for (const char* other : {"/v1/x//disable", "/v1/x/disable", "/v1/x/a/b/disable", "/v1/x/a"}) {
    EXPECT_EQ(ask(paths, "POST", other).status, 404U) << other;
  }
}

}  // namespace
}  // namespace tidemill::server::admin
