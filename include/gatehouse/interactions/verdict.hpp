#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// What a callback's answer means: pure.
namespace gatehouse::interactions {

/// Discord's answer to one try, or why there is none.
struct callback_answer {
  unsigned status = 0;                            ///< 0: no answer, `error` says why
  boost::system::error_code error{};              ///< of the transport
  bool may_have_arrived = false;                  ///< without an answer: it was sent whole
  std::optional<std::string_view> retry_after{};  ///< the header
  std::string_view body{};
};

/// What the verdict depends on besides the answer.
struct circumstances {
  int attempt = 1;          ///< this was the n-th
  runtime::duration age{};  ///< of the interaction
  /// An earlier try may have reached Discord although its answer did not say so.
  bool may_have_arrived = false;
  double random = 0;          ///< in [0, 1)
  std::int64_t unix_now = 0;  ///< in seconds, for a Retry-After that is a date
};

enum class outcome {
  answered,              ///< accepted
  already_acknowledged,  ///< 40060: somebody was faster, most likely the handler itself
  unknown_interaction,   ///< 10062: too late
  failed,
};

struct settled {
  outcome what = outcome::failed;
  std::string reason{};  ///< of a failure: one line, without secrets
  bool operator==(const settled&) const = default;
};

struct try_again {
  runtime::milliseconds delay{};
  bool may_have_arrived = false;  ///< for the next circumstances
  bool operator==(const try_again&) const = default;
};

using verdict = std::variant<settled, try_again>;

/// How long an answer is worth trying. Discord accepts the first answer within 3 s of the event
/// (discord-api-docs: receiving-and-responding, Responding to an Interaction).
struct time_window {
  runtime::milliseconds retry_until{2'800};  ///< age up to which a failed try is repeated
  runtime::milliseconds start_until{3'000};  ///< age up to which any try is made
  runtime::milliseconds end{5'000};          ///< age at which a try under way is given up
};

/// A rate limit is waited for as far as the window allows; a server error or a lost connection is
/// tried again quickly. "Already acknowledged" after a try that may have arrived means that one.
verdict judge(const callback_answer& answer, const circumstances& now, const time_window& window);

/// The error code of Discord in an answer's body, also where a REST process has wrapped Discord's
/// body in one of its own; 0: none.
int discord_error_code(std::string_view body) noexcept;

}  // namespace gatehouse::interactions
