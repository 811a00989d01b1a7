#include <gatehouse/net/retry_after.hpp>
#include <gatehouse/rest/retry_policy.hpp>
#include <gatehouse/runtime/random.hpp>

#include <algorithm>
#include <cstdint>

namespace gatehouse::rest {
namespace {

constexpr unsigned unauthorized = 401;
constexpr unsigned too_many_requests = 429;

std::string describe(const failed_request& failure) {
  if (!failure.malformed.empty()) return "unusable answer: " + failure.malformed;
  if (failure.status == 0) return "no answer: " + failure.error.message();
  return "HTTP " + std::to_string(failure.status);
}

/// Names the likely misconfiguration behind a status that a retry alone will not cure.
std::string_view likely_cause(unsigned status, authorization_kind authorization) {
  switch (status) {
    case unauthorized:
      return ": rest.authorization is probably not what the REST proxy expects";
    case 403:
      return authorization == authorization_kind::proxy_secret
                 ? ": rest.authorization or an access rule of the REST proxy is probably wrong"
                 : ": Discord or Cloudflare blocks this address for now";
    case 404:
    case 405:
      return ": rest.url probably misses a path, or has one too many";
    default:
      return {};
  }
}

/// Cloudflare's page for an address that it keeps out for a while, whatever its status.
bool is_cloudflare_ban(const failed_request& failure) {
  return failure.body.find("error code: 1015") != std::string::npos ||
         failure.body.find("Error 1015") != std::string::npos;
}

/// What the peer asks to wait at least; nothing: it says nothing of it.
std::optional<runtime::milliseconds> asked_delay(const failed_request& failure,
                                                 std::int64_t unix_now) {
  std::optional<runtime::milliseconds> delay;
  if (failure.retry_after) {
    delay = net::parse_retry_after(*failure.retry_after, unix_now, longest_retry_after);
  }
  const bool is_rate_limit = failure.status == too_many_requests;
  if (!delay && is_rate_limit) delay = read_retry_after(failure.body);
  if (!delay && (is_rate_limit || is_cloudflare_ban(failure))) delay = unknown_rate_limit;
  return delay;
}

}  // namespace

verdict judge(const failed_request& failure, authorization_kind authorization, int attempt,
              double random, std::int64_t unix_now) {
  if (failure.status == unauthorized && authorization == authorization_kind::bot_token) {
    return give_up{"Discord does not accept the bot token (HTTP 401)"};
  }
  // Never sooner than asked; "0" over and over again must not become a tight loop either.
  const auto least = std::chrono::duration_cast<runtime::milliseconds>(
      runtime::growing_pause(attempt, first_ceiling, last_ceiling, random));
  const auto delay = std::max(asked_delay(failure, unix_now).value_or(least), least);
  if (failure.status == too_many_requests) {
    return retry_later{delay, severity::warning, "rate limited (HTTP 429)"};
  }
  const auto cause = likely_cause(failure.status, authorization);
  return retry_later{delay, cause.empty() ? severity::warning : severity::error,
                     describe(failure) + std::string{cause}};
}

}  // namespace gatehouse::rest
