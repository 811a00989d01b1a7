#include "event_source.hpp"

#include <gatehouse/delivery/lane_scheduler.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>

namespace gatehouse::bench {
namespace {

constexpr std::uint64_t guilds = 512;
constexpr std::size_t slots = 64;

/// What one event costs the queue, from making it to its answer, with `backlog` events waiting all
/// the while; less events/make_and_free, it is the scheduler's own.
void pass_through(benchmark::State& state, std::size_t backlog, std::size_t max_events) {
  event_source source;
  delivery::lane_scheduler scheduler{config::ordering::guild, 1, slots};
  std::uint64_t added = 0;
  for (; added < backlog; ++added) scheduler.push(source.make(added % guilds));
  std::size_t slot = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < max_events; ++i) scheduler.push(source.make(added++ % guilds));
    delivery::request* const taken = scheduler.take(slot++ % slots, max_events);
    for (auto& event : taken->events) event.session->settle(event.seq);
    scheduler.settle(*taken);
  }
  const auto requests = static_cast<std::int64_t>(state.iterations());
  state.SetItemsProcessed(requests * static_cast<std::int64_t>(max_events));
}

void lanes_empty(benchmark::State& state) {
  pass_through(state, 0, 1);
}
void lanes_behind(benchmark::State& state) {
  pass_through(state, 10'000, 1);
}
void lanes_batch(benchmark::State& state) {
  pass_through(state, 10'000, 64);
}
BENCHMARK(lanes_empty)->Name("delivery/lanes");
BENCHMARK(lanes_behind)->Name("delivery/lanes_10000_waiting");
BENCHMARK(lanes_batch)->Name("delivery/lanes_batch_of_64");

}  // namespace
}  // namespace gatehouse::bench
