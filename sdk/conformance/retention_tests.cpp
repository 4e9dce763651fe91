#include "calls.hpp"
#include "measure.hpp"
#include "tidemill/retention.h"

namespace tidemill::conformance {
namespace {

std::string takes_any_count(const context& given) {
  stage one(given);
  for (const std::size_t count : {0U, 1U, 2U, 10'000U}) {
    vote(one, count);
  }
  return {};
}

std::string is_deterministic(const context& given) {
  stage one(given);
  const auto first = vote(one, 100);
  if ((one.table<tidemill_retention>(TIDEMILL_RETENTION).flags & TIDEMILL_DETERMINISTIC) == 0) {
    throw not_applicable("it does not say TIDEMILL_DETERMINISTIC");
  }
  expect(vote(one, 100) == first && vote(one, 100, 1) == first,
         "says TIDEMILL_DETERMINISTIC, but votes differently on the same log");
  expect_same_in_other_processes([&] {
    stage other(given);
    return digest_of(vote(other, 100));
  });
  return {};
}

std::string does_not_block(const context& given) {
  stage one(given);
  if ((one.table<tidemill_retention>(TIDEMILL_RETENTION).flags & TIDEMILL_MAY_BLOCK) != 0) {
    throw not_applicable("it says TIDEMILL_MAY_BLOCK");
  }
  expect_not_blocking("vote", [&] { vote(one, 1); });
  return {};
}

}  // namespace

std::span<const test> retention_tests() {
  static const test tests[] = {
      {"retention.counts",
       "logs of 0, 1 and 10,000 segments are voted on, each KEEP, REMOVE or "
       "REMOVE_LOCAL, and no byte behind the votes is written",
       takes_any_count},
      {"retention.deterministic", "same log, same votes: again, on two shards, in two processes",
       is_deterministic},
      {"retention.blocks", "vote() does not wait for anything", does_not_block},
  };
  return tests;
}

}  // namespace tidemill::conformance
