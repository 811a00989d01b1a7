#include "rest_server.hpp"

#include "append.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <simdjson.h>

#include <array>
#include <charconv>
#include <cmath>

namespace gatehouse::sim {
namespace {

constexpr std::string_view callback_suffix = "/callback";
constexpr std::string_view callback_prefix = "/interactions/";

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

bool is_callback(std::string_view path) {
  return path.find(callback_prefix) != std::string_view::npos && path.ends_with(callback_suffix);
}

rest_route route_of(std::string_view path) {
  return is_callback(path) ? rest_route::callback : rest_route::gateway_bot;
}

std::string error_body(std::string_view message, int code) {
  return concat(R"({"message":)", json_string(message), R"(,"code":)", code, "}");
}

/// The callback's type; 0 when the body has none. A multipart body carries it in payload_json.
int callback_type_of(std::string_view body) {
  const auto start = body.find('{');
  const auto end = body.rfind('}');
  if (start == std::string_view::npos || end == std::string_view::npos || end < start) return 0;
  const auto json = body.substr(start, end - start + 1);
  simdjson::dom::parser parser;
  simdjson::dom::element parsed;
  std::int64_t type = 0;
  if (parser.parse(json.data(), json.size()).get(parsed) != simdjson::SUCCESS ||
      parsed["type"].get(type) != simdjson::SUCCESS) {
    return 0;
  }
  return static_cast<int>(type);
}

}  // namespace

rest_server::rest_server(asio::io_context& loop, simulation& shared, asio::ssl::context* tls)
    : loop_(loop),
      shared_(shared),
      listener_(loop, shared.options.address, shared.options.rest_port, tls,
                [this](std::unique_ptr<byte_stream> stream) { return serve(std::move(stream)); }) {}

void rest_server::set_listening(bool listening) {
  if (listening) {
    listener_.reopen();
  } else {
    listener_.close();
  }
}

asio::awaitable<void> rest_server::wait(runtime::duration time) {
  error_code ignored;
  asio::steady_timer timer(loop_, time);
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> rest_server::serve(std::unique_ptr<byte_stream> stream) {
  error_code error;
  co_await stream->handshake(error);
  std::string received;
  std::array<char, 16U << 10U> buffer;
  while (!error) {
    http_request request;
    const auto parsed = parse_http_request(received, request);
    if (parsed == http_parse::malformed) {
      std::string refusal;
      append_http_response(refusal, 400, error_body("400: Bad Request", 0), {}, false);
      co_await stream->write(asio::buffer(refusal), error);
      co_return;
    }
    if (parsed == http_parse::incomplete) {
      const std::size_t size = co_await stream->read_some(asio::buffer(buffer), error);
      if (!error) received.append(buffer.data(), size);
      continue;
    }
    co_await answer(*stream, request, error);
    if (!request.keep_alive) co_return;
    received.erase(0, request.size);
  }
}

asio::awaitable<void> rest_server::answer(byte_stream& stream, const http_request& request,
                                          error_code& error) {
  const auto path = path_of(request.target);
  if (const auto fault = shared_.faults.take_rest(route_of(path))) {
    if (route_of(path) == rest_route::gateway_bot) {
      shared_.board.update([](statistics& numbers) { ++numbers.gateway_bot_requests; });
    }
    if (co_await suffer(stream, *fault, error)) co_return;
  }
  if (is_callback(path) && shared_.options.callback_latency.count() > 0) {
    co_await wait(shared_.options.callback_latency);
  }
  const reply made = route(request);
  std::string text;
  append_http_response(text, made.status, made.body,
                       concat("Content-Type: application/json\r\n", made.headers),
                       request.keep_alive);
  co_await stream.write(asio::buffer(text), error);
}

/// True when the fault was the answer.
asio::awaitable<bool> rest_server::suffer(byte_stream& stream, const rest_fault& what,
                                          error_code& error) {
  if (what.kind == rest_fault_kind::reset) {
    stream.reset();
    error = asio::error::connection_reset;
    co_return true;
  }
  if (what.kind == rest_fault_kind::hang) {
    // Until the client gives up: reading ends with its close.
    std::array<char, 1024> ignored;
    while (!error) co_await stream.read_some(asio::buffer(ignored), error);
    co_return true;
  }
  std::string text;
  std::string headers = "Content-Type: application/json\r\n";
  std::string body = error_body(concat(what.status, ": simulated"), 0);
  if (what.status == 429) {
    const auto seconds = std::to_string(what.retry_after_seconds);
    append(headers, "Retry-After: ", static_cast<std::int64_t>(std::ceil(what.retry_after_seconds)),
           "\r\nX-RateLimit-Scope: user\r\n");
    body = concat(R"({"message":"You are being rate limited.","retry_after":)", seconds,
                  R"(,"global":false})");
  }
  append_http_response(text, what.status, body, headers);
  co_await stream.write(asio::buffer(text), error);
  co_return true;
}

rest_server::reply rest_server::route(const http_request& request) {
  const auto path = path_of(request.target);
  if (path.ends_with("/gateway/bot") && request.method == "GET") return gateway_bot(request);
  if (path.ends_with("/gateway") && request.method == "GET") {
    return {.status = 200, .body = concat(R"({"url":)", json_string(shared_.named_url), "}")};
  }
  if (path.ends_with("/applications/@me") && request.method == "GET") return application(request);
  if (is_callback(path) && request.method == "POST") return callback(path, request);
  return {.status = 404, .body = error_body("404: Not Found", 0)};
}

bool rest_server::is_authorized(const http_request& request) const {
  const auto& expected = shared_.options.rest_authorization;
  return expected.empty() || request.header("authorization") == expected;
}

/// With the flags that let a bot have the privileged intents, as far as they are allowed.
rest_server::reply rest_server::application(const http_request& request) const {
  if (!is_authorized(request)) return {.status = 401, .body = error_body("401: Unauthorized", 0)};
  constexpr std::uint64_t members = 1U << 1U;
  constexpr std::uint64_t presences = 1U << 8U;
  constexpr std::uint64_t message_content = 1U << 15U;
  const auto allowed = shared_.options.allowed_intents;
  std::uint64_t flags = 0;
  if ((allowed & presences) != 0) flags |= 1U << 12U;
  if ((allowed & members) != 0) flags |= 1U << 14U;
  if ((allowed & message_content) != 0) flags |= 1U << 18U;
  return {.status = 200, .body = concat(R"({"id":"1","name":"simulated","flags":)", flags, "}")};
}

rest_server::reply rest_server::gateway_bot(const http_request& request) {
  shared_.board.update([](statistics& numbers) { ++numbers.gateway_bot_requests; });
  if (!is_authorized(request)) return {.status = 401, .body = error_body("401: Unauthorized", 0)};
  return {.status = 200,
          .body = concat(R"({"url":)", json_string(shared_.named_url), R"(,"shards":)",
                         shared_.recommended_shards, R"(,"session_start_limit":{"total":)",
                         shared_.options.session_starts, R"(,"remaining":)",
                         shared_.identify.remaining(), R"(,"reset_after":)",
                         shared_.options.session_starts_reset_after.count(),
                         R"(,"max_concurrency":)", shared_.options.max_concurrency, "}}")};
}

rest_server::reply rest_server::callback(std::string_view path, const http_request& request) {
  path.remove_prefix(path.find(callback_prefix) + callback_prefix.size());
  path.remove_suffix(callback_suffix.size());
  const auto slash = path.find('/');
  std::uint64_t id = 0;
  std::from_chars(path.data(), path.data() + path.size(), id);
  const auto token = slash == std::string_view::npos ? "" : path.substr(slash + 1);
  const int type = callback_type_of(request.body);
  const auto now = runtime::clock::now();
  const auto answer = shared_.interactions.respond(id, token, type, now);

  reply made{.status = 204};
  switch (answer.outcome) {
    case interaction_log::verdict::accepted:
      if (request.target.find("with_response=true") != std::string_view::npos) {
        made = {.status = 200,
                .body = concat(R"({"interaction":{"id":")", id, R"(","type":)",
                               answer.interaction_type, "}}")};
      }
      break;
    case interaction_log::verdict::unknown:
      made = {.status = 404, .body = error_body("Unknown interaction", 10062)};
      break;
    case interaction_log::verdict::already_acknowledged:
      made = {.status = 400,
              .body = error_body("Interaction has already been acknowledged.", 40060)};
      break;
    case interaction_log::verdict::wrong_type:
      made = {.status = 400, .body = error_body("Invalid Form Body", 50035)};
      break;
  }
  if (made.status >= 400) shared_.board.violated(violation_kind::callback, {}, made.body);
  shared_.board.record(
      &statistics::callbacks,
      callback_record{.at = now,
                      .interaction_id = id,
                      .token = std::string(token),
                      .interaction_type = answer.interaction_type,
                      .callback_type = type,
                      .age = std::chrono::duration_cast<runtime::milliseconds>(answer.age),
                      .status = made.status,
                      .body = std::string(request.body)});
  return made;
}

}  // namespace gatehouse::sim
