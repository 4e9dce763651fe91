#include "calls.hpp"
#include "measure.hpp"

namespace tidemill::conformance {
namespace {

std::string takes_any_record(const context& given) {
  stage one(given);
  validate(one, guarded_batch(odd_samples(), 12, transform_needs(one)));
  return {};
}

std::string takes_any_count(const context& given) {
  stage one(given);
  for (const std::size_t count : {0U, 1U, 65'536U}) {
    validate(one, guarded_batch(plain_samples(count), 12, transform_needs(one)));
  }
  return {};
}

std::string reads_what_it_asked_for(const context& given) {
  stage one(given);
  validate(one, guarded_batch(plain_samples(3), 12, transform_needs(one)));
  return {};
}

std::string is_deterministic(const context& given) {
  stage one(given);
  if ((one.table<tidemill_transform>(TIDEMILL_TRANSFORM).flags & TIDEMILL_DETERMINISTIC) == 0) {
    throw not_applicable("it does not say TIDEMILL_DETERMINISTIC");
  }
  auto samples = odd_samples();
  const auto more = plain_samples(500);
  samples.insert(samples.end(), more.begin(), more.end());
  const guarded_batch batch(samples, 12, transform_needs(one));
  const auto first = validate(one, batch);
  expect(validate(one, batch) == first,
         "says TIDEMILL_DETERMINISTIC, but judges the same batch differently again");
  expect(validate(one, batch, 1) == first,
         "says TIDEMILL_DETERMINISTIC, but judges differently on another shard");
  expect_same_in_other_processes([&] {
    stage other(given);
    return digest_of(validate(other, guarded_batch(samples, 12, transform_needs(other))));
  });
  return {};
}

std::string does_not_block(const context& given) {
  stage one(given);
  const auto& table = one.table<tidemill_transform>(TIDEMILL_TRANSFORM);
  const guarded_batch batch(plain_samples(1000), 12, transform_needs(one));
  tidemill_rejections sink{};
  sink.struct_size = sizeof sink;
  sink.reject = [](const tidemill_rejections*, std::uint32_t, tidemill_bytes) {};
  error_room why;
  double nanoseconds = 0;
  one.on_shard([&] {
    const auto call = [&] { (void)table.validate(one.shard(), batch.raw(), &sink, why.raw()); };
    expect_not_blocking("validate", call);
    nanoseconds = nanoseconds_of(20, call) / 1000;
  });
  return two_digits(nanoseconds) + " ns per record";
}

}  // namespace

std::span<const test> transform_tests() {
  static const test tests[] = {
      {"transform.records", "null, empty, huge and binary keys and values are taken",
       takes_any_record},
      {"transform.counts", "batches of 0, 1 and 65,536 records are taken", takes_any_count},
      {"transform.columns", "no column is read that `needs` does not name",
       reads_what_it_asked_for},
      {"transform.deterministic", "same input, same answer: again, on two shards, in two processes",
       is_deterministic},
      {"transform.blocks", "validate() does not wait for anything", does_not_block},
  };
  return tests;
}

}  // namespace tidemill::conformance
