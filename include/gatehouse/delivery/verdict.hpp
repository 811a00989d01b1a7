#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::delivery {

/// What becomes of a request's events.
enum class decision : std::uint8_t {
  delivered,      ///< done
  retry,          ///< the handler is in trouble: again later
  misconfigured,  ///< again later too, but only a change of the configuration will help
  refused,        ///< the handler will never take it: set aside
};

/// How a request ended without an answer.
enum class transport_failure : std::uint8_t {
  no_connection,  ///< could not be established
  timed_out,      ///< no answer in time
  lost,           ///< the connection ended before the answer was complete
  bad_answer,     ///< what came was not HTTP
};

/// The judgement on one answer (or its absence).
struct verdict {
  decision what = decision::delivered;
  /// The handler as a whole is unavailable, not just this request: it is down at once.
  bool is_down_at_once = false;
  /// The pause the handler asked for, with whatever failing status.
  std::optional<runtime::duration> wait;

  bool operator==(const verdict&) const = default;
};

/// How a request to a handler that does not speak HTTP ended.
struct conclusion {
  verdict judged;
  /// Larger than the handler ever takes: set aside at once, which says nothing about the handler.
  bool is_oversized = false;
  int status = 0;      ///< the handler's, much like HTTP's; 0: none
  std::string text{};  ///< in words, unless delivered
};

/// No handler makes gatehouse wait longer than this by `Retry-After`.
inline constexpr runtime::seconds max_retry_after{60};

/// Judges a final answer.
///
/// 1xx and 3xx count as misconfigured: nothing is thrown away because a URL lacks a slash, and a
/// redirect is not followed (it would turn a POST into a GET or send the secret elsewhere).
/// `retry_after` is the header's text, empty without one; `unix_now` is needed for its date form.
verdict judge(int status, std::string_view retry_after, std::int64_t unix_now) noexcept;
verdict judge(transport_failure failure) noexcept;

/// What an operator should look at after a status that means `misconfigured`.
std::string_view misconfiguration_hint(int status) noexcept;
std::string_view to_string(transport_failure failure) noexcept;

}  // namespace gatehouse::delivery
