#include <gatehouse/interactions/verdict.hpp>
#include <gatehouse/net/retry_after.hpp>
#include <gatehouse/rest/retry_policy.hpp>

#include <algorithm>
#include <charconv>

namespace gatehouse::interactions {
namespace {

constexpr int unknown_interaction_code = 10062;
constexpr int already_acknowledged_code = 40060;

constexpr runtime::milliseconds first_delay{50};
constexpr int most_doublings = 3;

/// Half of the delay is random: a proxy that comes back is not met by all at the same moment.
runtime::milliseconds backoff_delay(int attempt, double random) {
  const auto ceiling = first_delay * (1 << std::clamp(attempt - 1, 0, most_doublings));
  return std::chrono::duration_cast<runtime::milliseconds>(std::chrono::duration<double>(ceiling) *
                                                           (0.5 + random / 2));
}

std::string_view likely_cause(unsigned status) {
  switch (status) {
    case 401:
      return ": rest.authorization is probably not what the REST proxy expects";
    case 403:
      return ": an access rule of the REST proxy, or Discord, refuses this address";
    case 404:
    case 405:
      return ": rest.url probably misses a path, or has one too many";
    default:
      return {};
  }
}

std::string describe(const callback_answer& answer, int code) {
  if (answer.status == 0) return "no answer: " + answer.error.message();
  std::string text = "HTTP " + std::to_string(answer.status);
  if (code != 0) return text + ", code " + std::to_string(code);
  return text.append(likely_cause(answer.status));
}

verdict after_rate_limit(const callback_answer& answer, const circumstances& now,
                         const time_window& window) {
  auto delay = net::parse_retry_after(answer.retry_after.value_or(""), now.unix_now,
                                      rest::longest_retry_after);
  if (!delay) delay = rest::read_retry_after(answer.body);
  const auto least = backoff_delay(now.attempt, now.random);
  const auto wait = std::max(delay.value_or(least), least);
  if (now.age + wait > window.start_until) {
    return settled{outcome::failed, "rate limited (HTTP 429)"};
  }
  return try_again{wait, now.may_have_arrived};
}

verdict after_trouble(const callback_answer& answer, const circumstances& now,
                      const time_window& window, int code) {
  const auto wait = backoff_delay(now.attempt, now.random);
  if (now.age + wait > window.retry_until) {
    return settled{outcome::failed, describe(answer, code)};
  }
  const bool arrived = answer.status != 0 || answer.may_have_arrived;
  return try_again{wait, now.may_have_arrived || arrived};
}

}  // namespace

verdict judge(const callback_answer& answer, const circumstances& now, const time_window& window) {
  if (answer.status >= 200 && answer.status < 300) return settled{outcome::answered, {}};
  const int code = answer.status == 0 ? 0 : discord_error_code(answer.body);
  if (code == already_acknowledged_code) {
    return settled{now.may_have_arrived ? outcome::answered : outcome::already_acknowledged, {}};
  }
  if (code == unknown_interaction_code) return settled{outcome::unknown_interaction, {}};
  if (answer.status == 429) return after_rate_limit(answer, now, window);
  if (answer.status == 0 || answer.status == 408 || answer.status >= 500) {
    return after_trouble(answer, now, window, code);
  }
  return settled{outcome::failed, describe(answer, code)};
}

int discord_error_code(std::string_view body) noexcept {
  // The quotes of a body within a body are escaped, so only the key's end is looked at exactly.
  constexpr std::string_view key = "code";
  constexpr std::string_view between = "\\\": ";
  for (auto at = body.find(key); at != std::string_view::npos; at = body.find(key)) {
    body.remove_prefix(at + key.size());
    const auto number = std::min(body.find_first_not_of(between), body.size());
    int code = 0;
    const char* const end = body.data() + body.size();
    if (number > 0 && std::from_chars(body.data() + number, end, code).ec == std::errc{} &&
        code != 0) {
      return code;
    }
  }
  return 0;
}

}  // namespace gatehouse::interactions
