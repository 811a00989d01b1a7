#include "event_source.hpp"

#include <benchmark/benchmark.h>

namespace gatehouse::bench {
namespace {

/// The one copy of a payload, and the session's account of it.
void make_and_free(benchmark::State& state) {
  event_source source;
  for (auto _ : state) {
    const auto made = source.make(7);
    benchmark::DoNotOptimize(made->body().data());
    made->session->settle(made->seq);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(make_and_free)->Name("events/make_and_free");

}  // namespace
}  // namespace gatehouse::bench
