#include "compressor.hpp"
#include "payloads.hpp"

#include <gatehouse/gateway/inflater.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::bench {
namespace {

constexpr std::size_t message_count = 2000;  // a stream longer than any window
constexpr int compression_level = 1;

/// One connection's stream from its first message on; bytes are those that come out.
void decompress(benchmark::State& state, sim::compression sent,
                gateway::transport_compression expected) {
  const auto payloads = padded_payloads(message_count);
  std::vector<std::string> messages(payloads.size());
  const auto compressor = sim::make_compressor(sent, compression_level);
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    compressor->append(without_padding(payloads[i]), messages[i]);
  }
  gateway::payload_buffer buffer;
  for (auto _ : state) {
    const auto inflater = gateway::make_inflater(expected);
    for (const auto& message : messages) {
      const auto result = inflater->decompress(message, buffer);
      if (result.status != gateway::inflate_status::payload) state.SkipWithError("no payload");
      benchmark::DoNotOptimize(result.payload.data());
    }
  }
  const auto rounds = static_cast<std::int64_t>(state.iterations());
  state.SetItemsProcessed(rounds * static_cast<std::int64_t>(messages.size()));
  state.SetBytesProcessed(rounds * static_cast<std::int64_t>(bytes_of(payloads)));
}

void decompress_zlib(benchmark::State& state) {
  decompress(state, sim::compression::zlib_stream, gateway::transport_compression::zlib_stream);
}
void decompress_zstd(benchmark::State& state) {
  decompress(state, sim::compression::zstd_stream, gateway::transport_compression::zstd_stream);
}
BENCHMARK(decompress_zlib)->Name("gateway/inflate_zlib");
BENCHMARK(decompress_zstd)->Name("gateway/inflate_zstd");

}  // namespace
}  // namespace gatehouse::bench
