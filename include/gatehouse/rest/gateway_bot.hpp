#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace gatehouse::rest {

/// A session start limit where nobody says it (discord-api-docs: gateway, Session Start Limit
/// Object).
inline constexpr int usual_identifies = 1'000;

/// The answer to `GET /gateway/bot` (discord-api-docs: gateway, "Get Gateway Bot").
struct gateway_bot {
  std::string url;  ///< ws or wss; a trailing slash may or may not be there
  int shards = 1;   ///< recommended
  int identifies_total = 0;
  int identifies_remaining = 0;
  runtime::milliseconds reset_after{0};  ///< until `remaining` is `total` again
  int max_concurrency = 1;               ///< identify buckets
  std::string remarks{};  ///< what was missing or odd, for a log line; empty: nothing
  bool operator==(const gateway_bot&) const = default;
};

/// Where the answer tells no session start limit the usual one is assumed. Whether it was.
bool assume_usual_limit(gateway_bot& bot) noexcept;

/// What is wrong with an answer, fit for a log line.
struct malformed_answer {
  std::string reason;
};

/// Reads an answer as well as it can be read, for none of its fields is worth keeping a bot from
/// starting: numbers however they are written, brought within sane bounds; what is missing is
/// assumed to be what is usual. Malformed is only what has nothing of such an answer. Pure.
boost::system::result<gateway_bot, malformed_answer> parse_gateway_bot(std::string_view json);

}  // namespace gatehouse::rest
