#include <gatehouse/delivery/answer_parser.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::bench {
namespace {

using outcome = delivery::answer_parser::outcome;

constexpr std::string_view bare = "HTTP/1.1 204 No Content\r\n\r\n";
constexpr std::string_view from_express =
    "HTTP/1.1 200 OK\r\nX-Powered-By: Express\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 2\r\nETag: W/\"2-nOO9QiTIwXgNtWtBJezz8kv3SLc\"\r\n"
    "Date: Mon, 02 Nov 2026 12:00:00 GMT\r\nConnection: keep-alive\r\n"
    "Keep-Alive: timeout=5\r\n\r\nOK";
constexpr std::string_view chunked =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    "2\r\n{}\r\n0\r\n\r\n";

/// `depth` answers that arrived together.
void parse(benchmark::State& state, std::string_view text, int depth) {
  std::string received;
  for (int i = 0; i < depth; ++i) received += text;
  delivery::answer_parser parser;
  std::int64_t answers = 0;
  for (auto _ : state) {
    std::string_view rest = received;
    while (!rest.empty()) {
      const auto result = parser.feed(rest);
      if (result.what != outcome::complete) {
        state.SkipWithError("incomplete");
        return;
      }
      rest.remove_prefix(result.consumed);
      ++answers;
    }
    benchmark::DoNotOptimize(parser.last().status);
  }
  state.SetItemsProcessed(answers);
}

void parse_bare(benchmark::State& state) {
  parse(state, bare, 1);
}
void parse_express(benchmark::State& state) {
  parse(state, from_express, 1);
}
void parse_chunked(benchmark::State& state) {
  parse(state, chunked, 1);
}
void parse_pipelined(benchmark::State& state) {
  parse(state, from_express, 16);
}
BENCHMARK(parse_bare)->Name("delivery/answer_204");
BENCHMARK(parse_express)->Name("delivery/answer_express");
BENCHMARK(parse_chunked)->Name("delivery/answer_chunked");
BENCHMARK(parse_pipelined)->Name("delivery/answer_16_pipelined");

}  // namespace
}  // namespace gatehouse::bench
