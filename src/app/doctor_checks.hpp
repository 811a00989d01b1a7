#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/nats/engine.hpp>
#include <gatehouse/net/http_client.hpp>
#include <gatehouse/rest/gateway_bot.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What `gatehouse doctor` makes of what it has seen. Pure.
namespace gatehouse::app {

struct finding {
  enum class kind {
    well,
    notice,  ///< worth a look, or could not be told; no reason to fail
    wrong,
  };
  kind what = kind::well;
  std::string subject;
  std::string text;
};

/// Of the answer to `GET /gateway/bot`, one about `rest.url` and one about the token.
[[nodiscard]] std::vector<finding> judge_gateway_bot(const net::http_result& answer,
                                                     const config::rest_settings& rest);
/// What the answer says, if it says it.
[[nodiscard]] std::optional<rest::gateway_bot> read_gateway_bot(const net::http_result& answer);
/// Of the answer to `GET /applications/@me`: privileged intents that the bot has not been given.
[[nodiscard]] finding judge_intents(const net::http_result& answer, std::uint64_t intents);
/// Of a Date header.
[[nodiscard]] finding judge_clock(std::string_view date, std::int64_t unix_now);
/// Of the answer to an OPTIONS.
[[nodiscard]] finding judge_handler(const std::string& url, const net::http_result& answer);

/// Of the search for the stream that is a handler.
[[nodiscard]] finding judge_stream(const std::string& url,
                                   const nats::result<nats::stream_info>& found,
                                   const config::nats_settings& settings,
                                   const nats::connection_status& servers);

/// `limit`: the hard one, which the daemon makes its own.
[[nodiscard]] finding judge_descriptors(std::uint64_t limit, std::uint64_t needed);
/// Of the disk that `folder` is on.
[[nodiscard]] finding judge_disk(const std::string& folder, std::uint64_t free_bytes,
                                 std::uint64_t wanted_bytes);

}  // namespace gatehouse::app
