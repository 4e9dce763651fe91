#include "quota/quota_book.hpp"

#include <gtest/gtest.h>

namespace tidemill::quota {
namespace {

using namespace std::chrono_literals;

const io::monotonic_time start{std::chrono::hours(5)};
std::shared_ptr<rate_gate> gate(quota_book& book, std::string_view client,
                                kind what = kind::produce, io::monotonic_time now = start) {
  return book.gate_of(what, "u", client, now);
}

std::shared_ptr<const metadata::client_quotas> each_client(double rate) {
  auto quotas = std::make_shared<metadata::client_quotas>();
  quotas->set({{"client-id", std::nullopt}}, "producer_byte_rate", rate);
  return quotas;
}

TEST(quota_book, without_quotas_nobody_is_limited) {
  quota_book book;
  EXPECT_FALSE(book.is_active());
  EXPECT_EQ(gate(book, "c"), nullptr);
  book.change(each_client(5), log_index{1});
  EXPECT_TRUE(book.is_active());
  book.change(std::make_shared<metadata::client_quotas>(), log_index{2});
  EXPECT_FALSE(book.is_active());
}

TEST(quota_book, connections_of_a_client_share_their_gate_and_others_have_their_own) {
  quota_book book;
  book.change(each_client(5), log_index{1});
  EXPECT_EQ(gate(book, "c"), gate(book, "c"));
  EXPECT_NE(gate(book, "c"), gate(book, "d"));
  EXPECT_EQ(gate(book, "c", kind::fetch), nullptr);
}

TEST(quota_book, changed_quota_is_that_of_the_gate_and_debts_stay) {
  quota_book book;
  book.change(each_client(1000), log_index{1});
  const auto first = gate(book, "c");
  EXPECT_EQ(first->charge(2000, start), 1s);
  const auto before = book.version();
  book.change(each_client(100), log_index{2});
  EXPECT_GT(book.version(), before);
  EXPECT_EQ(gate(book, "c"), first);
  EXPECT_EQ(first->charge(0, start), 19s) << "2000 units are owed, at 100 a second now";
}

TEST(quota_book, debts_go_with_the_quota) {
  quota_book book;
  auto quotas = std::make_shared<metadata::client_quotas>(*each_client(1));
  book.change(quotas, log_index{1});
  gate(book, "c")->charge(1000, start);
  quotas = std::make_shared<metadata::client_quotas>(*quotas);
  quotas->remove({{"client-id", std::nullopt}}, "producer_byte_rate");
  book.change(quotas, log_index{2});
  quotas = std::make_shared<metadata::client_quotas>(*quotas);
  quotas->set({{"client-id", std::nullopt}}, "producer_byte_rate", 1);
  book.change(quotas, log_index{3});
  EXPECT_EQ(gate(book, "c")->wait(start), 0ns);
}

TEST(quota_book, debts_stay_when_a_quota_of_somebody_else_goes) {
  quota_book book;
  auto quotas = std::make_shared<metadata::client_quotas>(*each_client(1));
  quotas->set({{"client-id", "other"}}, "producer_byte_rate", 1);
  book.change(quotas, log_index{1});
  gate(book, "c")->charge(1000, start);
  quotas = std::make_shared<metadata::client_quotas>(*quotas);
  quotas->remove({{"client-id", "other"}}, "producer_byte_rate");
  book.change(quotas, log_index{2});
  EXPECT_EQ(gate(book, "c")->wait(start), 999s);
}

TEST(quota_book, debts_stay_when_a_quota_comes) {
  quota_book book;
  const auto one = each_client(1);
  book.change(one, log_index{1});
  gate(book, "c")->charge(1000, start);
  auto both = std::make_shared<metadata::client_quotas>(*one);
  both->set({{"client-id", std::nullopt}}, "consumer_byte_rate", 1);
  book.change(both, log_index{2});
  EXPECT_EQ(gate(book, "c")->wait(start), 999s);
}

TEST(quota_book, earlier_state_of_the_log_does_not_come_back) {
  quota_book book;
  book.change(each_client(7), log_index{9});
  const auto version = book.version();
  book.change(each_client(5), log_index{8});
  EXPECT_EQ(book.version(), version);
}

TEST(quota_book, gates_are_bounded_and_nobody_pays_for_others_however_many_clients_come) {
  quota_book book;
  book.change(each_client(1), log_index{1});
  const auto first = gate(book, "first");
  first->charge(100, start);
  for (std::size_t number = 0; number < quota_book::gates_max; ++number) {
    gate(book, "c" + std::to_string(number))->charge(100, start);
  }
  EXPECT_EQ(gate(book, "late")->wait(start), 0ns);
  gate(book, "late")->charge(100, start);
  EXPECT_EQ(gate(book, "later")->wait(start), 0ns);
  EXPECT_EQ(gate(book, "first"), first);
  // All others have paid, and make room.
  const auto then = start + 10min;
  EXPECT_EQ(gate(book, "x", kind::produce, then), gate(book, "x", kind::produce, then));
  EXPECT_EQ(gate(book, "first", kind::produce, then), first) << "somebody holds it";
}

TEST(quota_book, gates_of_clients_who_have_paid_and_gone_are_given_back_before_it_is_full) {
  quota_book book;
  book.change(each_client(1), log_index{1});
  gate(book, "gone")->charge(100, start);
  const std::weak_ptr<rate_gate> gone = gate(book, "gone");
  for (int number = 0; number < 2000; ++number) {
    gate(book, "c" + std::to_string(number))->charge(100, start);
  }
  EXPECT_FALSE(gone.expired());
  static_cast<void>(gate(book, "late", kind::produce, start + 10min));
  EXPECT_TRUE(gone.expired());
}

TEST(quota_book, a_request_that_took_long_is_not_felt_for_long) {
  quota_book book;
  auto quotas = std::make_shared<metadata::client_quotas>();
  quotas->set({{"client-id", std::nullopt}}, "request_percentage", 0.01);
  book.change(quotas, log_index{1});
  EXPECT_EQ(gate(book, "c", kind::request_time)->charge(1e9, start), 10s);
}

}  // namespace
}  // namespace tidemill::quota
