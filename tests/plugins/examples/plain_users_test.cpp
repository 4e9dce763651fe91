#include <gtest/gtest.h>

#include <string>

#include "tidemill/testkit/authenticator.hpp"

namespace tidemill::testkit {
namespace {

constexpr const char* file = TIDEMILL_EXAMPLE_DIRECTORY "/plain_users.so";
const settings two_users = {{"users", "[\"alice:secret\", \"bob:pass:word\"]"}};

std::string plain(const std::string& behalf, const std::string& name, const std::string& password) {
  return behalf + '\0' + name + '\0' + password;
}

TEST(plain_users, who_knows_the_password_is_let_in) {
  authenticator sasl(file, two_users);
  const auto alice = sasl.ask(plain("", "alice", "secret"));
  EXPECT_EQ(alice.status, TIDEMILL_DONE);
  EXPECT_EQ(alice.principal_name, "alice");
  EXPECT_EQ(alice.principal_type, "User");
  EXPECT_EQ(alice.bytes, "");
  EXPECT_EQ(sasl.ask(plain("bob", "bob", "pass:word")).principal_name, "bob");
}

TEST(plain_users, everybody_else_is_denied_in_the_same_words) {
  authenticator sasl(file, two_users);
  for (const std::string& message :
       {plain("", "alice", "Secret"), plain("", "alice", ""), plain("", "alice", "secretsecret"),
        plain("", "alice", "secret\x01"), plain("", "carol", "secret"), plain("", "", ""),
        plain("", "", std::string(16, '\x01')), plain("", "nobody", std::string(16, '\x01')),
        plain("bob", "alice", "secret"), std::string("alice:secret"), std::string()}) {
    const auto answer = sasl.ask(message);
    EXPECT_EQ(answer.status, TIDEMILL_DENIED) << message;
    EXPECT_EQ(answer.principal_name, "");
    EXPECT_EQ(answer.message, "no such user, or a wrong password");
  }
}

TEST(plain_users, it_is_offered_on_encrypted_connections_only) {
  const authenticator sasl(file, two_users);
  EXPECT_STREQ(sasl.table().mechanism, "PLAIN");
  EXPECT_EQ(sasl.table().flags & TIDEMILL_NEEDS_ENCRYPTION, TIDEMILL_NEEDS_ENCRYPTION);
}

TEST(plain_users, a_bad_list_is_refused_without_telling_secrets) {
  for (const char* users : {"[\"alice\"]", "[\":secret\"]", "[\"alice:\"]", "[\"a:b\", \"c\"]"}) {
    try {
      authenticator sasl(file, {{"users", users}});
      FAIL() << users;
    } catch (const std::runtime_error& why) {
      EXPECT_STREQ(why.what(), "users: expected \"name:password\" in each element");
    }
  }
}

}  // namespace
}  // namespace tidemill::testkit
