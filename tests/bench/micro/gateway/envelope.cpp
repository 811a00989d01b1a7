#include "payloads.hpp"

#include <gatehouse/gateway/envelope.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>

namespace gatehouse::bench {
namespace {

void parse_envelope(benchmark::State& state) {
  const auto payloads = padded_payloads(64);
  gateway::envelope_parser parser;
  gateway::envelope found;
  for (auto _ : state) {
    for (const auto& payload : payloads) {
      const auto error = parser.parse(without_padding(payload), found);
      if (error != gateway::envelope_error::none) state.SkipWithError("not parsed");
      benchmark::DoNotOptimize(found.guild_id);
    }
  }
  const auto rounds = static_cast<std::int64_t>(state.iterations());
  state.SetItemsProcessed(rounds * static_cast<std::int64_t>(payloads.size()));
  state.SetBytesProcessed(rounds * static_cast<std::int64_t>(bytes_of(payloads)));
}
BENCHMARK(parse_envelope)->Name("gateway/envelope");

}  // namespace
}  // namespace gatehouse::bench
