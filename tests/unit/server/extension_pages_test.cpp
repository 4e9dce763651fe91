#include "server/extension_pages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill::server {
namespace {

using testing::HasSubstr;

TEST(extensions_page, an_instance_says_how_it_does) {
  extension::extension_report now;
  now.directories = {"/opt/plugins"};
  extension::instance_report& one = now.instances.emplace_back();
  one.name = "keys";
  one.plugin = "range";
  one.is_current = true;
  one.fingerprint = 0xabc;
  one.config = {{"password", "***"}};
  one.kinds.push_back({extension::kind::partitioner, {}});
  one.kinds.back().figures.breaker_state = extension::breaker::state::open;
  const std::string text = extensions_page(now);
  EXPECT_THAT(text, HasSubstr(R"("state":"current")"));
  EXPECT_THAT(text, HasSubstr(R"("fingerprint":"0000000000000abc")"));
  EXPECT_THAT(text, HasSubstr(R"("config":{"password":"***"})"));
  EXPECT_THAT(text, HasSubstr(R"("breaker":"open")"));
  now.instances[0].is_current = false;
  EXPECT_THAT(extensions_page(now), HasSubstr(R"("state":"retired")"));
  now.instances[0].plugin.clear();
  EXPECT_THAT(extensions_page(now), HasSubstr(R"("state":"missing")"));
  now.instances[0].is_disabled = true;
  EXPECT_THAT(extensions_page(now), HasSubstr(R"("state":"disabled")"));
}

TEST(reload_page, problems_are_listed_and_said_in_one_error) {
  EXPECT_EQ(reload_page({}, 1, 2), "{\"problems\":[],\"changed\":1,\"need_restart\":2}\n");
  EXPECT_THAT(reload_page({"a", "b"}, 0, 0), HasSubstr(R"("error":"a; b")"));
}

TEST(disable_page, a_name_that_is_not_there_is_an_error) {
  EXPECT_EQ(disable_page("keys", true), "{\"name\":\"keys\",\"state\":\"disabled\"}\n");
  EXPECT_THAT(disable_page("k\"s", false), HasSubstr(R"(there is no extension \"k\"s\")"));
}

}  // namespace
}  // namespace tidemill::server
