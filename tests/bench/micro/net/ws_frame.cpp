#include "payloads.hpp"

#include <gatehouse/net/ws_frame.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::bench {
namespace {

constexpr std::size_t largest_message = std::size_t{64} << 20;

/// Chunks as they come from a socket, with the given size; frames are cut where a chunk ends.
void decode(benchmark::State& state) {
  const auto payloads = padded_payloads(512);
  std::string stream;
  for (const auto& payload : payloads) {
    net::append_ws_frame(stream, net::ws_opcode::binary, without_padding(payload), std::nullopt);
  }
  const std::size_t bytes = stream.size();
  stream.append(net::ws_message_padding, '\0');
  const auto chunk = static_cast<std::size_t>(state.range(0));
  net::ws_decoder decoder{net::ws_role::client, largest_message};
  std::int64_t messages = 0;
  for (auto _ : state) {
    for (std::size_t start = 0; start < bytes; start += chunk) {
      decoder.feed(std::span(stream).subspan(start, std::min(chunk, bytes - start)));
      while (const auto message = decoder.next()) {
        benchmark::DoNotOptimize(message->payload.data());
        ++messages;
      }
    }
  }
  const auto rounds = static_cast<std::int64_t>(state.iterations());
  if (messages != rounds * std::ssize(payloads)) state.SkipWithError("messages are missing");
  state.SetItemsProcessed(messages);
  state.SetBytesProcessed(rounds * static_cast<std::int64_t>(bytes));
}
BENCHMARK(decode)->Name("net/ws_decode")->Arg(4096)->Arg(65'536);

void encode(benchmark::State& state) {
  constexpr std::string_view heartbeat = R"({"op":1,"d":123456})";
  constexpr std::array<char, 4> mask{'m', 'a', 's', 'k'};
  std::string frame;
  for (auto _ : state) {
    frame.clear();
    net::append_ws_frame(frame, net::ws_opcode::text, heartbeat, mask);
    benchmark::DoNotOptimize(frame.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(encode)->Name("net/ws_encode_heartbeat");

}  // namespace
}  // namespace gatehouse::bench
