#include "calls.hpp"
#include "measure.hpp"
#include "tidemill/authorizer.h"

namespace tidemill::conformance {
namespace {

std::string takes_any_count(const context& given) {
  stage one(given);
  for (const std::size_t count : {0U, 1U, 65'536U}) {
    authorize(one, count);
  }
  return {};
}

/// A client of whom nothing is known: every text is null.
std::string takes_nobody(const context& given) {
  stage one(given);
  authorize(one, 40, true);
  return {};
}

std::string keeps_its_policy_epoch(const context& given) {
  stage one(given);
  const auto& table = one.table<tidemill_authorizer>(TIDEMILL_AUTHORIZER);
  if (table.policy_epoch == nullptr) {
    throw not_applicable("it has no policy_epoch(), so decisions are not remembered");
  }
  for (int round = 0; round < 50; ++round) {
    const std::uint64_t before = table.policy_epoch(one.instance());
    const auto first = authorize(one, 200);
    const auto second = authorize(one, 200, false, 1);
    const bool is_same_epoch = table.policy_epoch(one.instance()) == before;
    expect(first == second || !is_same_epoch,
           "decides differently while policy_epoch() stays the same");
  }
  return {};
}

std::string does_not_block(const context& given) {
  stage one(given);
  if ((one.table<tidemill_authorizer>(TIDEMILL_AUTHORIZER).flags & TIDEMILL_MAY_BLOCK) != 0) {
    throw not_applicable("it says TIDEMILL_MAY_BLOCK");
  }
  expect_not_blocking("authorize", [&] { authorize(one, 1); });
  return {};
}

}  // namespace

std::span<const test> authorizer_tests() {
  static const test tests[] = {
      {"authorizer.counts",
       "0, 1 and 65,536 actions are decided on, each DENY, ALLOW or "
       "NO_OPINION, and no byte behind the decisions is written",
       takes_any_count},
      {"authorizer.nobody", "a client of whom nothing is known is decided on", takes_nobody},
      {"authorizer.policy_epoch", "decisions change only together with policy_epoch()",
       keeps_its_policy_epoch},
      {"authorizer.blocks", "authorize() does not wait for anything", does_not_block},
  };
  return tests;
}

}  // namespace tidemill::conformance
