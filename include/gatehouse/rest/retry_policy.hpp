#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// What to do about a failed `GET /gateway/bot`: pure.
namespace gatehouse::rest {

/// What the Authorization header of our requests holds.
enum class authorization_kind {
  bot_token,     ///< `Bot <token>`: Discord itself, or a proxy that passes it on
  proxy_secret,  ///< `rest.authorization`, for a REST proxy that knows the token
};

/// How a request went wrong.
struct failed_request {
  unsigned status = 0;                     ///< 0: no answer, `error` says why
  boost::system::error_code error;         ///< of the transport
  std::optional<std::string> retry_after;  ///< the header
  std::string body;
  std::string malformed;  ///< what is wrong with a 200; empty otherwise
};

enum class severity { warning, error };

struct retry_later {
  runtime::milliseconds delay;
  severity level = severity::warning;
  std::string reason;  ///< one line, without secrets
  bool operator==(const retry_later&) const = default;
};

/// Discord refuses this bot for good; the daemon ends with exit code 3.
struct give_up {
  std::string reason;
  bool operator==(const give_up&) const = default;
};

using verdict = std::variant<retry_later, give_up>;

inline constexpr runtime::seconds first_ceiling{1};
inline constexpr runtime::seconds last_ceiling{60};
/// A longer Retry-After is cut down to this; Discord has been seen to ask for 23 hours.
inline constexpr runtime::seconds longest_retry_after{7 * 24 * 3600};
/// What a rate limit without a time is given: Cloudflare's (error 1015) comes without one, lasts
/// for an hour, and begins anew for who does not stop.
inline constexpr runtime::seconds unknown_rate_limit{60};

/// `attempt` counts failures in a row from 1; `random` is in [0, 1). The delay is a random part
/// ("full jitter") of a ceiling that doubles from `first_ceiling` to `last_ceiling`; at least what
/// Retry-After says, whatever the status, and after a 429 without a readable one what its body
/// says. `unix_now` is for a Retry-After that is a date.
verdict judge(const failed_request& failure, authorization_kind authorization, int attempt,
              double random, std::int64_t unix_now);

/// `retry_after` of a rate limit body, at most `longest_retry_after`; nothing if the body is not
/// Discord's JSON.
std::optional<runtime::milliseconds> read_retry_after(std::string_view body);

}  // namespace gatehouse::rest
