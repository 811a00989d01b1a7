#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/net/http_client.hpp>
#include <gatehouse/rest/gateway_bot.hpp>
#include <gatehouse/rest/request_counts.hpp>
#include <gatehouse/rest/retry_policy.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/runtime/random.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace gatehouse::rest {

/// Why there is no answer to `GET /gateway/bot`.
struct gateway_bot_failure {
  enum class kind {
    refused,    ///< for good: exit code 3
    cancelled,  ///< the caller was cancelled
  };
  kind what = kind::cancelled;
  std::string reason;
};

using gateway_bot_result = boost::system::result<gateway_bot, gateway_bot_failure>;

/// What requests under these settings are authorized by.
[[nodiscard]] inline authorization_kind authorization_of(const config::rest_settings& rest) {
  return rest.authorization.empty() ? authorization_kind::bot_token
                                    : authorization_kind::proxy_secret;
}

/// What every route follows: `{path of rest.url}/v{version}`.
[[nodiscard]] std::string path_prefix(const net::url& origin, int api_version);

/// Discord's REST API, or a REST proxy, as far as a gateway needs it. One thread; calls must have
/// ended before it is destroyed.
class rest_client {
 public:
  /// Told each time a try has failed: what went wrong and how long the next one is away, in words.
  using waiting_observer = std::function<void(const std::string&)>;

  /// `tls` must outlive the client; null is allowed for an http URL. Throws std::invalid_argument
  /// if `rest.url` is no http or https URL. Beyond `limits.max_connections` requests wait.
  rest_client(const config::rest_settings& rest, const config::discord_settings& discord,
              const net::tls_context* tls, telemetry::logger log, runtime::random_source random,
              net::http_client_options limits = {});

  /// Asks until there is an answer, for ever if need be, waiting between the tries as `judge` says.
  /// Every attempt has `rest.timeout_ms`.
  boost::asio::awaitable<gateway_bot_result> get_gateway_bot(waiting_observer on_waiting = {});

  /// One try, whose failure is for the caller to judge.
  boost::asio::awaitable<boost::system::result<gateway_bot, failed_request>> try_gateway_bot();

  /// Posts JSON, `route` beginning with a slash after the version (`/interactions/…/callback`).
  /// The bot token is not sent, as these routes carry their own; the secret of a proxy is.
  /// Errors are those of net::http_client; any status is an answer.
  boost::asio::awaitable<net::http_result> post(std::string_view route, std::string json_body,
                                                runtime::time_point deadline);

  /// Of every try that has ended.
  [[nodiscard]] const request_counts& counts() const noexcept { return counts_; }

  /// Closes connections that have been idle for long; returns how many are still kept.
  std::size_t close_idle() { return http_.close_idle(); }

 private:
  boost::asio::awaitable<net::http_result> send(net::http_request request,
                                                runtime::time_point deadline);
  [[nodiscard]] net::http_request make_request(std::string method, std::string_view route) const;
  /// What is odd about an answer, unless it was said of the one before.
  void say_once(const std::string& remarks);
  /// Logs a failed try and tells the observer.
  void report(const retry_later& next, int attempt, const waiting_observer& on_waiting) const;

  std::string prefix_;  ///< path of `rest.url` and the version
  config::secret proxy_secret_;
  config::secret bot_authorization_;
  runtime::milliseconds timeout_;
  telemetry::logger log_;
  runtime::random_source random_;
  net::http_client http_;
  std::string said_;
  request_counts counts_;
};

}  // namespace gatehouse::rest
