#include <gatehouse/rest/retry_policy.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>

namespace gatehouse::rest {
namespace {

constexpr unsigned unauthorized = 401;
constexpr unsigned too_many_requests = 429;

runtime::milliseconds backoff_delay(int attempt, double random) {
  constexpr int doublings_to_cap = 6;
  const runtime::seconds ceiling =
      std::min(last_ceiling, first_ceiling * (1 << std::clamp(attempt - 1, 0, doublings_to_cap)));
  return std::chrono::duration_cast<runtime::milliseconds>(std::chrono::duration<double>(ceiling) *
                                                           random);
}

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

retry_later wait_for_rate_limit(const failed_request& failure, int attempt, double random) {
  auto delay = failure.retry_after ? parse_retry_after(*failure.retry_after) : std::nullopt;
  if (!delay) delay = read_retry_after(failure.body);
  // Never sooner than asked; "0" over and over again must not become a tight loop either.
  const auto least = backoff_delay(attempt, random);
  return {std::max(delay.value_or(least), least), severity::warning, "rate limited (HTTP 429)"};
}

}  // namespace

verdict judge(const failed_request& failure, authorization_kind authorization, int attempt,
              double random) {
  if (failure.status == too_many_requests) return wait_for_rate_limit(failure, attempt, random);
  if (failure.status == unauthorized && authorization == authorization_kind::bot_token) {
    return give_up{"Discord does not accept the bot token (HTTP 401)"};
  }
  const auto cause = likely_cause(failure.status, authorization);
  return retry_later{backoff_delay(attempt, random),
                     cause.empty() ? severity::warning : severity::error,
                     describe(failure) + std::string{cause}};
}

std::optional<runtime::milliseconds> parse_retry_after(std::string_view text) noexcept {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  // The comparison also turns NaN away.
  if (!(value >= 0 && value <= static_cast<double>(longest_retry_after.count()))) {
    return std::nullopt;
  }
  return runtime::milliseconds{static_cast<std::int64_t>(std::ceil(value * 1000))};
}

}  // namespace gatehouse::rest
