// Decoding and encoding of the two hot messages, by number of partitions. Record batches are views
// (Produce) or external slices (Fetch), so their size does not matter.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>

#include "protocol/fetch.hpp"
#include "protocol/frame.hpp"
#include "protocol/produce.hpp"

namespace {

using namespace tidemill;
using namespace tidemill::protocol;

constexpr api_version produce_version{11};
constexpr api_version fetch_version{16};

template <class Message>
byte_buffer encoded(const Message& value, api_version version) {
  writer to;
  if (!encode(to, value, version)) {
    return {};
  }
  return to.finish()->bytes;
}

produce_request make_produce_request(std::size_t partition_count, bytes_view batch) {
  produce_request request;
  request.acks = -1;
  request.timeout_ms = 30'000;
  auto& topic = request.topic_data.emplace_back();
  topic.name = "measurements";
  for (std::size_t i = 0; i < partition_count; ++i) {
    auto& partition = topic.partition_data.emplace_back();
    partition.index = partition_index{static_cast<std::int32_t>(i)};
    partition.records = records::inline_bytes(batch);
  }
  return request;
}

void decode_produce_request(benchmark::State& state) {
  const byte_buffer batch(256);
  const byte_buffer bytes = encoded(
      make_produce_request(static_cast<std::size_t>(state.range(0)), batch), produce_version);
  for (auto _ : state) {
    benchmark::DoNotOptimize(decode<produce_request>(bytes, produce_version));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(decode_produce_request)->Arg(1)->Arg(16)->Arg(256);

template <class Response>
void encode_frames(benchmark::State& state, const Response& response, api_version version) {
  byte_buffer buffer;
  for (auto _ : state) {
    auto frame = encode_response(response, version, correlation_id{1}, std::move(buffer));
    benchmark::DoNotOptimize(frame);
    buffer = std::move(frame->bytes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void encode_produce_response(benchmark::State& state) {
  produce_response response;
  auto& topic = response.responses.emplace_back();
  topic.name = "measurements";
  topic.partition_responses.resize(static_cast<std::size_t>(state.range(0)));
  encode_frames(state, response, produce_version);
}
BENCHMARK(encode_produce_response)->Arg(1)->Arg(16)->Arg(256);

void decode_fetch_request(benchmark::State& state) {
  fetch_request request;
  auto& topic = request.topics.emplace_back();
  topic.partitions.resize(static_cast<std::size_t>(state.range(0)));
  const byte_buffer bytes = encoded(request, fetch_version);
  for (auto _ : state) {
    benchmark::DoNotOptimize(decode<fetch_request>(bytes, fetch_version));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(decode_fetch_request)->Arg(1)->Arg(16)->Arg(256);

void encode_fetch_response(benchmark::State& state) {
  fetch_response response;
  auto& topic = response.responses.emplace_back();
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    auto& partition = topic.partitions.emplace_back();
    partition.records = records::external(static_cast<std::uint32_t>(i), 1 << 20);
  }
  encode_frames(state, response, fetch_version);
}
BENCHMARK(encode_fetch_response)->Arg(1)->Arg(16)->Arg(256);

}  // namespace
