#include <gatehouse/rest/rest_client.hpp>
#include <gatehouse/runtime/wall_clock.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/logger.h>

#include <stdexcept>
#include <utility>

namespace gatehouse::rest {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

constexpr std::string_view gateway_bot_route = "/gateway/bot";
constexpr unsigned ok = 200;

net::url parse_origin(const std::string& text) {
  auto parsed = net::parse_url(text);
  if (!parsed ||
      (parsed->scheme != net::url_scheme::http && parsed->scheme != net::url_scheme::https)) {
    throw std::invalid_argument("rest.url is no http or https URL: " + text);
  }
  return *std::move(parsed);
}

/// "45 s", or "12 h 48 min" where seconds would be hard to read.
std::string describe_delay(runtime::milliseconds delay) {
  const auto whole = std::chrono::ceil<runtime::seconds>(delay).count();
  if (whole < 120) return std::to_string(whole) + " s";
  const auto minutes = whole / 60;
  if (minutes < 120) return std::to_string(minutes) + " min";
  return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

gateway_bot_failure cancelled() {
  return {gateway_bot_failure::kind::cancelled, "cancelled"};
}

}  // namespace

std::string path_prefix(const net::url& origin, int api_version) {
  std::string path = origin.target.substr(0, origin.target.find('?'));
  while (path.ends_with('/')) path.pop_back();
  return path + "/v" + std::to_string(api_version);
}

rest_client::rest_client(const config::rest_settings& rest, const config::discord_settings& discord,
                         const net::tls_context* tls, telemetry::logger log,
                         runtime::random_source random, net::http_client_options limits)
    : prefix_(path_prefix(parse_origin(rest.url), discord.api_version)),
      proxy_secret_(rest.authorization),
      bot_authorization_("Bot " + discord.token.reveal()),
      timeout_(rest.timeout),
      log_(std::move(log)),
      random_(std::move(random)),
      http_(parse_origin(rest.url), tls, limits) {}

net::http_request rest_client::make_request(std::string method, std::string_view route) const {
  net::http_request request;
  request.method = std::move(method);
  request.target = prefix_ + std::string{route};
  request.headers.emplace_back(
      "User-Agent", "DiscordBot (https://github.com/gatehouse/gatehouse, " GATEHOUSE_VERSION ")");
  return request;
}

awaitable<boost::system::result<gateway_bot, failed_request>> rest_client::try_gateway_bot() {
  auto request = make_request("GET", gateway_bot_route);
  request.headers.emplace_back("Authorization", proxy_secret_.empty() ? bot_authorization_.reveal()
                                                                      : proxy_secret_.reveal());
  auto response = co_await send(std::move(request), runtime::clock::now() + timeout_);
  failed_request failure;
  if (!response) {
    failure.error = response.error().error;
    co_return failure;
  }
  failure.status = response->status;
  if (response->status == ok) {
    auto parsed = parse_gateway_bot(response->body);
    if (parsed) {
      say_once(parsed->remarks);
      co_return *std::move(parsed);
    }
    failure.malformed = std::move(parsed.error().reason);
  }
  if (const auto header = response->header("Retry-After")) failure.retry_after = *header;
  failure.body = std::move(response->body);
  co_return failure;
}

void rest_client::say_once(const std::string& remarks) {
  if (remarks.empty() || std::exchange(said_, remarks) == remarks) return;
  log_->warn("GET {}: {}", gateway_bot_route, remarks);
}

awaitable<gateway_bot_result> rest_client::get_gateway_bot(waiting_observer on_waiting) {
  asio::steady_timer timer{co_await asio::this_coro::executor};
  for (int attempt = 1;; ++attempt) {
    auto tried = co_await try_gateway_bot();
    if (tried) co_return *std::move(tried);
    // Only the caller's state tells: an error code may mean anything.
    const auto state = (co_await asio::this_coro::cancellation_state).cancelled();
    if (state != asio::cancellation_type::none) co_return cancelled();

    const auto kind =
        proxy_secret_.empty() ? authorization_kind::bot_token : authorization_kind::proxy_secret;
    const verdict next =
        judge(tried.error(), kind, attempt, random_(), runtime::unix_seconds_now());
    if (const auto* refusal = std::get_if<give_up>(&next)) {
      log_->error("GET {}: {}", gateway_bot_route, refusal->reason);
      co_return gateway_bot_failure{gateway_bot_failure::kind::refused, refusal->reason};
    }
    const auto& later = std::get<retry_later>(next);
    report(later, attempt, on_waiting);
    timer.expires_after(later.delay);
    const auto [error] = co_await timer.async_wait(use_tuple);
    if (error) co_return cancelled();
  }
}

void rest_client::report(const retry_later& next, int attempt,
                         const waiting_observer& on_waiting) const {
  const std::string text = std::string{"GET "} + std::string{gateway_bot_route} + ": " +
                           next.reason + "; trying again in " + describe_delay(next.delay);
  if (next.level == severity::error) {
    log_->error("{} (attempt {})", text, attempt);
  } else {
    log_->warn("{} (attempt {})", text, attempt);
  }
  if (on_waiting) on_waiting(text);
}

awaitable<net::http_result> rest_client::post(std::string_view route, std::string json_body,
                                              runtime::time_point deadline) {
  auto request = make_request("POST", route);
  if (!proxy_secret_.empty()) {
    request.headers.emplace_back("Authorization", proxy_secret_.reveal());
  }
  if (!json_body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(json_body);
  co_return co_await send(std::move(request), deadline);
}

awaitable<net::http_result> rest_client::send(net::http_request request,
                                              runtime::time_point deadline) {
  const auto began = runtime::clock::now();
  auto response = co_await http_.send(std::move(request), deadline);
  counts_.add(response ? response->status : 0, runtime::clock::now() - began);
  co_return response;
}

}  // namespace gatehouse::rest
