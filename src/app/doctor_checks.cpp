#include "doctor_checks.hpp"

#include "figures.hpp"
#include "json_reading.hpp"

#include <gatehouse/config/intents.hpp>
#include <gatehouse/delivery/event_streams.hpp>
#include <gatehouse/delivery/verdict.hpp>
#include <gatehouse/net/retry_after.hpp>
#include <gatehouse/rest/rest_client.hpp>

#include <spdlog/fmt/fmt.h>

#include <cstdlib>

namespace gatehouse::app {
namespace {

using kind = finding::kind;

constexpr unsigned ok = 200;
constexpr unsigned unauthorized = 401;
constexpr unsigned forbidden = 403;
constexpr unsigned not_found = 404;

/// Why `GET /gateway/bot` has failed, as the daemon would log it.
std::string reason_of(const net::http_result& answer, rest::authorization_kind authorization) {
  rest::failed_request failure;
  if (answer) {
    failure.status = answer->status;
    failure.body = answer->body;
    if (answer->status == ok) failure.malformed = "no answer of Discord's to /gateway/bot";
  } else {
    failure.error = answer.error().error;
  }
  const auto verdict = rest::judge(failure, authorization, 1, 0, 0);
  if (const auto* refusal = std::get_if<rest::give_up>(&verdict)) return refusal->reason;
  return std::get<rest::retry_later>(verdict).reason;
}

std::string limits_text(const rest::gateway_bot& answer) {
  return fmt::format("accepted; Discord recommends {} shards, {} of {} identifies are left",
                     count_text(answer.shards), count_text(answer.identifies_remaining),
                     count_text(answer.identifies_total));
}

/// A flag of the application lets a bot have an intent; small bots have the limited one.
struct privileged_intent {
  std::string_view name;
  std::uint64_t flags;
};
/// discord-api-docs: application, Application Flags.
constexpr privileged_intent privileged_intents[] = {
    {"GUILD_PRESENCES", 3ULL << 12},
    {"GUILD_MEMBERS", 3ULL << 14},
    {"MESSAGE_CONTENT", 3ULL << 18},
};

std::string missing_intents(std::uint64_t intents, std::uint64_t flags) {
  std::string missing;
  for (const auto& each : privileged_intents) {
    const bool is_wanted = (intents & config::intent_bit(each.name).value_or(0)) != 0;
    if (!is_wanted || (flags & each.flags) != 0) continue;
    missing.append(missing.empty() ? "" : ", ").append(each.name);
  }
  return missing;
}

}  // namespace

std::optional<rest::gateway_bot> read_gateway_bot(const net::http_result& answer) {
  if (!answer || answer->status != ok) return std::nullopt;
  auto parsed = rest::parse_gateway_bot(answer->body);
  if (!parsed) return std::nullopt;
  return *std::move(parsed);
}

std::vector<finding> judge_gateway_bot(const net::http_result& answer,
                                       const config::rest_settings& settings) {
  const auto told = read_gateway_bot(answer);
  if (told)
    return {{kind::well, "rest.url", settings.url + " answers"},
            {kind::well, "token", limits_text(*told)}};
  const auto authorization = rest::authorization_of(settings);
  const auto reason = reason_of(answer, authorization);
  const bool is_token = authorization == rest::authorization_kind::bot_token;
  if (answer && answer->status == unauthorized && is_token) {
    return {{kind::well, "rest.url", settings.url + " answers"}, {kind::wrong, "token", reason}};
  }
  return {{kind::wrong, "rest.url", settings.url + ": " + reason},
          {kind::notice, "token", "cannot be told before rest.url answers"}};
}

finding judge_intents(const net::http_result& answer, std::uint64_t intents) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::int64_t flags = -1;
  if (answer && answer->status == ok && parser.parse(answer->body).get(root) == simdjson::SUCCESS) {
    read(root, "flags", flags);
  }
  if (flags < 0) {
    return {kind::notice, "intents",
            "cannot be told: /applications/@me does not say what the bot may have"};
  }
  const auto missing = missing_intents(intents, static_cast<std::uint64_t>(flags));
  if (missing.empty()) return {kind::well, "intents", "the bot may have them"};
  return {kind::wrong, "intents",
          missing +
              ": not enabled for this bot at Discord (Developer Portal, Bot); it would close "
              "with 4014"};
}

finding judge_clock(std::string_view date, std::int64_t unix_now) {
  constexpr runtime::seconds century{100LL * 366 * 86'400};
  constexpr std::int64_t noticeable = 5;
  constexpr std::int64_t harmful = 60;
  const auto theirs = net::parse_retry_after(date, 0, century);
  if (!theirs) return {kind::notice, "clock", "cannot be told: rest.url sends no Date"};
  const auto ahead = unix_now - theirs->count() / 1'000;
  if (std::abs(ahead) <= noticeable) return {kind::well, "clock", "right within seconds"};
  return {std::abs(ahead) < harmful ? kind::notice : kind::wrong, "clock",
          fmt::format("{} {} of rest.url's: signatures carry the time",
                      duration_text(std::abs(ahead) * 1'000), ahead > 0 ? "ahead" : "behind")};
}

finding judge_handler(const std::string& url, const net::http_result& answer) {
  const std::string subject = "handler";
  if (!answer) return {kind::wrong, subject, url + ": " + answer.error().message()};
  const auto status = answer->status;
  const std::string said = fmt::format("{} answers OPTIONS with HTTP {}", url, status);
  if (status == unauthorized || status == forbidden) {
    return {kind::wrong, subject,
            said + "; " + std::string{delivery::misconfiguration_hint(static_cast<int>(status))}};
  }
  if (status == not_found) {
    return {kind::notice, subject,
            said + "; is the path right? (some servers answer so to OPTIONS alone)"};
  }
  return {kind::well, subject, said};
}

finding judge_stream(const std::string& url, const nats::result<nats::stream_info>& found,
                     const config::nats_settings& settings,
                     const nats::connection_status& servers) {
  const std::string subject = "handler";
  if (found) {
    constexpr std::int64_t megabyte = 1L << 20;
    const std::string said = fmt::format("{} is the stream {}, {} replicas, max_payload {} MiB",
                                         url, found->settings.name, found->settings.replicas,
                                         servers.max_payload_bytes / megabyte);
    const bool is_small = servers.max_payload_bytes < delivery::event_streams::wanted_max_payload;
    if (is_small) return {kind::notice, subject, said + "; at least 8 is advised"};
    return {kind::well, subject, said};
  }
  const auto& why = found.error();
  if (why.what == nats::errc::not_found) {
    if (settings.create) return {kind::well, subject, url + ": its stream will be created"};
    return {kind::wrong, subject, url + ": no stream listens to it, and nats.create is false"};
  }
  return {kind::wrong, subject, fmt::format("{}: {} {}", url, to_string(why.what), why.text)};
}

finding judge_descriptors(std::uint64_t limit, std::uint64_t needed) {
  const auto text = fmt::format("{} at most, of {}", needed, limit);
  if (limit >= needed) return {kind::well, "descriptors", text};
  return {kind::notice, "descriptors", text + "; raise the hard limit with LimitNOFILE="};
}

finding judge_disk(const std::string& folder, std::uint64_t free_bytes,
                   std::uint64_t wanted_bytes) {
  constexpr std::uint64_t least = 16ULL << 20;
  const auto text = fmt::format("{} free in {}; spool and dead letters may take {}",
                                bytes_text(free_bytes), folder, bytes_text(wanted_bytes));
  if (free_bytes < least && wanted_bytes > 0) return {kind::wrong, "disk", text};
  return {free_bytes < wanted_bytes ? kind::notice : kind::well, "disk", text};
}

}  // namespace gatehouse::app
