#include "calls.hpp"
#include "measure.hpp"

namespace tidemill::conformance {
namespace {

std::string keeps_its_range(const context& given) {
  stage one(given);
  const std::uint32_t needs = partitioner_needs(one);
  const auto samples = plain_samples(2000);
  // Odd and even, primes, powers of two and their neighbours: what rounds or masks goes wrong at
  // some of them only.
  for (const std::int32_t partitions :
       {1,  2,  3,  4,   5,   6,   7,   8,   9,    12,   13,   15,   16,     17,     31,     32,
        33, 64, 97, 100, 127, 128, 255, 257, 1000, 1021, 1024, 4095, 10'007, 99'991, 100'000}) {
    choose(one, guarded_batch(samples, partitions, needs));
  }
  return {};
}

std::string takes_any_key(const context& given) {
  stage one(given);
  choose(one, guarded_batch(odd_samples(), 12, partitioner_needs(one)));
  return {};
}

std::string takes_any_count(const context& given) {
  stage one(given);
  for (const std::size_t count : {0U, 1U, 65'536U}) {
    choose(one, guarded_batch(plain_samples(count), 12, partitioner_needs(one)));
  }
  return {};
}

/// The batch has the columns that were asked for, and NULL for the others.
std::string reads_what_it_asked_for(const context& given) {
  stage one(given);
  choose(one, guarded_batch(plain_samples(3), 12, partitioner_needs(one)));
  return {};
}

std::string is_deterministic(const context& given) {
  const auto samples = plain_samples(500);
  stage one(given);
  if ((one.table<tidemill_partitioner>(TIDEMILL_PARTITIONER).flags & TIDEMILL_DETERMINISTIC) == 0) {
    throw not_applicable("it does not say TIDEMILL_DETERMINISTIC");
  }
  const guarded_batch batch(samples, 97, partitioner_needs(one));
  const auto first = choose(one, batch);
  expect(choose(one, batch) == first,
         "says TIDEMILL_DETERMINISTIC, but decides differently on the same batch again");
  expect(choose(one, batch, 1) == first,
         "says TIDEMILL_DETERMINISTIC, but decides differently on another shard");
  expect_same_in_other_processes([&] {
    stage other(given);
    return digest_of(choose(other, guarded_batch(samples, 97, partitioner_needs(other))));
  });
  return {};
}

/// Asks one batch again and again, without the checks around it.
void on_batch(stage& one, const guarded_batch& batch,
              const std::function<void(const std::function<void()>&)>& with) {
  const auto& table = one.table<tidemill_partitioner>(TIDEMILL_PARTITIONER);
  std::vector<std::int32_t> partitions(batch.size(), TIDEMILL_PARTITION_ANY);
  error_room why;
  one.on_shard([&] {
    with([&] { (void)table.choose(one.shard(), batch.raw(), partitions.data(), why.raw()); });
  });
}

std::string does_not_block(const context& given) {
  stage one(given);
  const guarded_batch batch(plain_samples(1), 12, partitioner_needs(one));
  on_batch(one, batch, [](const auto& call) { expect_not_blocking("choose", call); });
  return {};
}

std::string does_not_allocate(const context& given) {
  stage one(given);
  const guarded_batch batch(plain_samples(1000), 12, partitioner_needs(one));
  std::uint64_t allocations = 0;
  double nanoseconds = 0;
  on_batch(one, batch, [&](const auto& call) {
    call();
    allocations = allocations_of([&] {
      call();
      call();
    });
    nanoseconds = nanoseconds_of(20, call) / 1000;
  });
  expect(allocations == 0, std::to_string(allocations) +
                               " allocations in choose() on 2,000 records, expected none once it "
                               "has seen the batch");
  return two_digits(nanoseconds) + " ns per record";
}

}  // namespace

std::span<const test> partitioner_tests() {
  static const test tests[] = {
      {"partitioner.range", "answers are partitions of the topic, ANY or REJECT", keeps_its_range},
      {"partitioner.keys", "null, empty, huge and binary keys are taken", takes_any_key},
      {"partitioner.counts",
       "batches of 0, 1 and 65,536 records are taken, and no byte behind "
       "the output is written",
       takes_any_count},
      {"partitioner.columns", "no column is read that `needs` does not name",
       reads_what_it_asked_for},
      {"partitioner.deterministic",
       "same input, same answer: again, on two shards, in two processes", is_deterministic},
      {"partitioner.blocks", "choose() does not wait for anything", does_not_block},
      {"partitioner.allocations", "choose() allocates nothing", does_not_allocate},
  };
  return tests;
}

}  // namespace tidemill::conformance
