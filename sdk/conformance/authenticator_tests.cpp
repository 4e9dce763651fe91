#include <random>

#include "calls.hpp"
#include "tidemill/authenticator.h"

namespace tidemill::conformance {
namespace {

/// Calls `with` for each mechanism of the plugin.
template <class With>
void for_each_mechanism(stage& one, With with) {
  (void)one.table<tidemill_authenticator>(TIDEMILL_AUTHENTICATOR);
  for (std::uint32_t i = 0; i < one.plugin().kind_count; ++i) {
    if (std::string_view(one.plugin().kinds[i].id) == TIDEMILL_AUTHENTICATOR) {
      with(*static_cast<const tidemill_authenticator*>(one.plugin().kinds[i].table));
    }
  }
}

std::string withstands_any_message(const context& given) {
  stage one(given);
  std::mt19937 generator(11);
  std::vector<std::string> messages = {"",
                                       std::string("\0", 1),
                                       std::string("\0\0\0", 3),
                                       std::string(65'536, 'a'),
                                       std::string(65'536, '\0'),
                                       "n,,n=,r=",
                                       "\xff\xfe"};
  for (int i = 0; i < 2000; ++i) {
    std::string noise(generator() % 80, '\0');
    for (char& letter : noise) {
      letter = static_cast<char>(generator());
    }
    messages.push_back(noise);
  }
  for_each_mechanism(one, [&](const tidemill_authenticator& table) {
    for (const std::string& message : messages) {
      expect(!authenticate(one, table, {message, message, message}),
             std::string(table.mechanism) + " lets a client in that said nothing but noise");
    }
  });
  return {};
}

std::string ends_in_the_middle(const context& given) {
  stage one(given);
  for_each_mechanism(one, [&](const tidemill_authenticator& table) {
    for (int round = 0; round < 100; ++round) {
      (void)authenticate(one, table, {});
      (void)authenticate(one, table, {"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL"});
    }
  });
  return {};
}

}  // namespace

std::span<const test> authenticator_tests() {
  static const test tests[] = {
      {"authenticator.messages",
       "any message is answered within its room, and noise lets nobody in", withstands_any_message},
      {"authenticator.ends", "an exchange may end at any time", ends_in_the_middle},
  };
  return tests;
}

}  // namespace tidemill::conformance
