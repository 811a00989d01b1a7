#include "http_message.hpp"

#include <gatehouse/interactions/callback.hpp>
#include <gatehouse/interactions/verdict.hpp>
#include <gatehouse/net/retry_after.hpp>
#include <gatehouse/net/url.hpp>
#include <gatehouse/rest/gateway_bot.hpp>
#include <gatehouse/rest/retry_policy.hpp>
#include <gatehouse/rest/route.hpp>

#include <fuzz_input.hpp>
#include <vector>

// The first byte: what the rest is. An answer of the REST host as bytes, or what is read of one.

namespace gatehouse {
namespace {

using fuzz::require;
constexpr std::size_t body_limit = 8'192;

struct outcome {
  bool done = false;
  bool failed = false;
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
  bool operator==(const outcome&) const = default;
};

outcome read(std::string_view bytes, bool to_head, std::size_t piece_bytes) {
  net::response_reader reader{to_head, body_limit};
  outcome got;
  while (!bytes.empty() && !reader.is_done()) {
    const auto piece = bytes.substr(0, piece_bytes);
    bytes.remove_prefix(piece.size());
    const std::vector<char> exact(piece.begin(), piece.end());
    if (reader.put({exact.data(), exact.size()})) return {.failed = true};
  }
  if (!reader.is_done() && reader.put_end()) return {.failed = true};
  got.done = reader.is_done();
  require(got.done, "an end without an error is an answer");
  auto response = reader.take();
  require(response.body.size() <= body_limit, "the body is bounded");
  return {.done = true,
          .status = response.status,
          .headers = std::move(response.headers),
          .body = std::move(response.body)};
}

void read_bytes(fuzz::input& in) {
  const unsigned how = in.byte();
  const auto bytes = in.rest();
  const bool to_head = (how & 1U) != 0;
  const outcome whole = read(bytes, to_head, bytes.size());
  const outcome split = read(bytes, to_head, 1);
  require(whole == split, "byte by byte is as in one piece");
  require(whole == read(bytes, to_head, 1 + how / 2), "pieces are as one piece");
  if (whole.done) require(whole.status >= 200 || whole.status == 101, "no interim answer is final");
}

void read_gateway_bot(std::string_view body) {
  const auto read = rest::parse_gateway_bot(body);
  if (!read) return require(!read.error().reason.empty(), "a refusal has a reason");
  require(read->shards >= 1 && read->shards <= 100'000, "a sane number of shards");
  require(read->max_concurrency >= 1, "a sane concurrency");
  require(read->identifies_remaining >= 0 && read->identifies_total >= 0, "a sane budget");
  require(read->reset_after >= runtime::milliseconds{0}, "a sane wait");
  const auto url = net::parse_url(read->url);
  require(url && (url->scheme == net::url_scheme::wss || url->scheme == net::url_scheme::ws),
          "a gateway that can be dialled");
}

void judge_request(fuzz::input& in) {
  rest::failed_request failure;
  failure.status = 100 + 4U * in.byte();
  const int attempt = 1 + in.byte();
  const double random = in.byte() / 256.0;
  const auto now = in.integer();
  if (in.below(2) == 0) failure.retry_after = in.line();
  failure.body = in.rest();
  const auto kind = in.below(2) == 0 ? rest::authorization_kind::bot_token
                                     : rest::authorization_kind::proxy_secret;
  const auto verdict = rest::judge(failure, kind, attempt, random, now);
  if (const auto* later = std::get_if<rest::retry_later>(&verdict)) {
    require(later->delay >= runtime::milliseconds{0}, "a wait is not negative");
    require(later->delay <= rest::longest_retry_after, "nor without an end");
  }
  const interactions::callback_answer answer{
      .status = failure.status, .retry_after = failure.retry_after, .body = failure.body};
  const interactions::circumstances with{.attempt = attempt, .random = random, .unix_now = now};
  const auto judged = interactions::judge(answer, with, {});
  if (const auto* again = std::get_if<interactions::try_again>(&judged)) {
    require(again->delay >= runtime::milliseconds{0} && again->delay <= runtime::seconds{3},
            "a callback is tried again in time or not at all");
  }
}

void read_url(std::string_view text) {
  const auto url = net::parse_url(text);
  if (!url) return require(!url.error().problem.empty(), "a refusal has a reason");
  const auto again = net::parse_url(url->full());
  require(again && *again == *url, "a URL written out is the same URL");
  const auto target = url->target;
  require(target.find_first_of(std::string_view{"\r\n \0", 4}) == target.npos,
          "no target breaks a request apart");
}

void make_callback(fuzz::input& in) {
  config::interaction_settings settings;
  const auto made = interactions::make_callback(in.rest(), settings);
  if (!made) return;
  require(made->route.starts_with("/interactions/") && made->route.ends_with("/callback"),
          "the route stays where it is");
  require(made->route.find_first_of(std::string_view{"\r\n ?#\0", 6}) == std::string::npos,
          "no id breaks the request apart");
}

}  // namespace
}  // namespace gatehouse

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse;
  fuzz::input in{data, size};
  switch (in.below(5)) {
    case 0:
      read_bytes(in);
      break;
    case 1:
      read_gateway_bot(in.rest());
      break;
    case 2:
      judge_request(in);
      break;
    case 3:
      read_url(in.rest());
      break;
    default:
      make_callback(in);
  }
  return 0;
}
