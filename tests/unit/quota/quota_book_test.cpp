#include "quota/quota_book.hpp"

#include <gtest/gtest.h>

namespace tidemill::quota {
namespace {

using namespace std::chrono_literals;

const io::monotonic_time start{std::chrono::hours(5)};
constexpr auto produce = static_cast<std::size_t>(kind::produce);
constexpr auto fetch = static_cast<std::size_t>(kind::fetch);

std::shared_ptr<const metadata::client_quotas> each_client(double rate) {
  auto quotas = std::make_shared<metadata::client_quotas>();
  (*quotas)[{{"client-id", std::nullopt}}]["producer_byte_rate"] = rate;
  return quotas;
}

TEST(quota_book, without_quotas_nobody_is_limited) {
  quota_book book;
  EXPECT_FALSE(book.is_active());
  EXPECT_EQ(book.gates_of("u", "c", start)[produce], nullptr);
  book.change(each_client(5), log_index{1});
  EXPECT_TRUE(book.is_active());
  book.change(std::make_shared<metadata::client_quotas>(), log_index{2});
  EXPECT_FALSE(book.is_active());
}

TEST(quota_book, connections_of_a_client_share_their_gate_and_others_have_their_own) {
  quota_book book;
  book.change(each_client(5), log_index{1});
  const auto one = book.gates_of("u", "c", start);
  EXPECT_EQ(book.gates_of("u", "c", start)[produce], one[produce]);
  EXPECT_NE(book.gates_of("u", "d", start)[produce], one[produce]);
  EXPECT_EQ(one[fetch], nullptr);
}

TEST(quota_book, changed_quota_is_that_of_the_gate_and_debts_stay) {
  quota_book book;
  book.change(each_client(1000), log_index{1});
  const auto gates = book.gates_of("u", "c", start);
  EXPECT_EQ(gates[produce]->charge(2000, start), 1s);
  const auto before = book.version();
  book.change(each_client(100), log_index{2});
  EXPECT_GT(book.version(), before);
  const auto now = book.gates_of("u", "c", start);
  EXPECT_EQ(now[produce], gates[produce]);
  EXPECT_EQ(now[produce]->charge(0, start), 19s) << "2000 units are owed, at 100 a second now";
}

TEST(quota_book, debts_go_with_the_quota) {
  quota_book book;
  book.change(each_client(1), log_index{1});
  book.gates_of("u", "c", start)[produce]->charge(1000, start);
  book.change(std::make_shared<metadata::client_quotas>(), log_index{2});
  book.change(each_client(1), log_index{3});
  EXPECT_EQ(book.gates_of("u", "c", start)[produce]->wait(start), 0ns);
}

TEST(quota_book, debts_stay_when_another_kind_of_quota_goes) {
  quota_book book;
  auto both = std::make_shared<metadata::client_quotas>(*each_client(1));
  (*both)[{{"client-id", std::nullopt}}]["consumer_byte_rate"] = 1;
  book.change(both, log_index{1});
  book.gates_of("u", "c", start)[produce]->charge(1000, start);
  book.change(each_client(1), log_index{2});
  EXPECT_EQ(book.gates_of("u", "c", start)[produce]->wait(start), 999s);
}

TEST(quota_book, earlier_state_of_the_log_does_not_come_back) {
  quota_book book;
  book.change(each_client(7), log_index{9});
  const auto version = book.version();
  book.change(each_client(5), log_index{8});
  EXPECT_EQ(book.version(), version);
}

TEST(quota_book, gates_are_bounded_however_many_clients_come) {
  quota_book book;
  book.change(each_client(1), log_index{1});
  const auto first = book.gates_of("u", "first", start);
  first[produce]->charge(100, start);
  std::vector<client_gates> held;
  for (std::size_t number = 0; number < quota_book::gates_max + 100; ++number) {
    held.push_back(book.gates_of("u", "c" + std::to_string(number), start));
  }
  EXPECT_EQ(held[quota_book::gates_max + 50], held[quota_book::gates_max + 60])
      << "those beyond share one";
  EXPECT_NE(held[0], held[1]);
  held.clear();
  EXPECT_NE(book.gates_of("u", "x", start), book.gates_of("u", "y", start));
  EXPECT_EQ(book.gates_of("u", "first", start), first) << "whoever is in debt is not forgotten";
}

}  // namespace
}  // namespace tidemill::quota
