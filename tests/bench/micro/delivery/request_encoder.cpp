#include "event_source.hpp"

#include <gatehouse/delivery/lane_scheduler.hpp>
#include <gatehouse/delivery/request_encoder.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>

namespace gatehouse::bench {
namespace {

constexpr std::int64_t unix_now = 1'700'000'000;

/// The pieces of one request with so many events, ready for a gathered write.
void encode(benchmark::State& state, std::size_t events, const char* signing_secret) {
  event_source source;
  delivery::lane_scheduler scheduler{config::ordering::guild, 1, 1};
  for (std::size_t i = 0; i < events; ++i) scheduler.push(source.make(7));
  delivery::request* const taken = scheduler.take(0, events);
  for (auto& event : taken->events) event.attempts = 1;
  delivery::request_encoder encoder{net::parse_url("http://127.0.0.1:8081/events").value(),
                                    {.user_agent = "gatehouse/0.1.0",
                                     .authorization = config::secret{"Bearer of-something"},
                                     .signing_secret = config::secret{signing_secret},
                                     .envelope = "message",
                                     .is_batched = events > 1}};
  for (auto _ : state) {
    const auto pieces = encoder.encode(*taken, unix_now);
    benchmark::DoNotOptimize(pieces.data());
    benchmark::ClobberMemory();
  }
  scheduler.settle(*taken);
  const auto requests = static_cast<std::int64_t>(state.iterations());
  state.SetItemsProcessed(requests * static_cast<std::int64_t>(events));
}

void encode_single(benchmark::State& state) {
  encode(state, 1, "");
}
void encode_signed(benchmark::State& state) {
  encode(state, 1, "a signing secret");
}
void encode_batch(benchmark::State& state) {
  encode(state, 64, "");
}
BENCHMARK(encode_single)->Name("delivery/encode_request");
BENCHMARK(encode_signed)->Name("delivery/encode_request_signed");
BENCHMARK(encode_batch)->Name("delivery/encode_batch_of_64");

}  // namespace
}  // namespace gatehouse::bench
