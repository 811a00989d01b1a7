#include "json_reading.hpp"
#include "remote_session.hpp"

#include <gatehouse/telemetry/text.hpp>

#include <spdlog/fmt/fmt.h>

#include <string>
#include <string_view>

namespace gatehouse::app {
namespace {

constexpr unsigned not_found = 404;

std::string wish_of(const tail_command& asked) {
  std::string body = "{\"events\":[";
  for (const auto& name : asked.events) {
    if (body.back() != '[') body += ',';
    telemetry::append_json_string(body, name);
  }
  body += ']';
  if (asked.shard_id) body += ",\"shardId\":" + std::to_string(*asked.shard_id);
  if (!asked.guild_id.empty()) body += ",\"guildId\":\"" + asked.guild_id + '"';
  return body + ",\"payload\":" + (asked.has_payload ? "true}" : "false}");
}

/// As the daemon names this reader.
std::string open(const tail_command& asked, admin_client& client) {
  const auto answer = client.ask("POST", "/tail", wish_of(asked));
  if (answer.status == not_found) {
    throw admin_failure("this daemon is older and shows no events");
  }
  if (!answer.is_success()) throw admin_failure(error_text(answer));
  simdjson::dom::parser parser;
  std::string reader;
  simdjson::dom::element root;
  if (parser.parse(answer.body).get(root) == simdjson::SUCCESS) read(root, "reader", reader);
  return reader;
}

/// "14:03:07.123  shard 3  MESSAGE_CREATE  guild 81384788765712384  412 B, after 3 ms, abc:17"
std::string line_of(simdjson::dom::element event) {
  std::int64_t unix_ms = 0;
  std::int64_t shard_id = 0;
  std::int64_t attempts = 1;
  std::int64_t age_ms = 0;
  std::int64_t bytes = 0;
  std::string type;
  std::string guild_id;
  std::string event_id;
  std::string url;
  read(event, "unixMs", unix_ms);
  read(event, "shardId", shard_id);
  read(event, "attempts", attempts);
  read(event, "ageMs", age_ms);
  read(event, "bytes", bytes);
  read(event, "event", type);
  read(event, "guildId", guild_id);
  read(event, "eventId", event_id);
  read(event, "url", url);
  constexpr std::int64_t day = 86'400'000;
  const auto of_day = unix_ms % day;
  std::string line =
      fmt::format("{:02}:{:02}:{:02}.{:03}Z shard {:<4} {:<28} {:<20} {} bytes, {} ms{}, {}, {}",
                  of_day / 3'600'000, of_day / 60'000 % 60, of_day / 1'000 % 60, of_day % 1'000,
                  shard_id, type, guild_id.empty() ? "-" : guild_id, bytes, age_ms,
                  attempts > 1 ? fmt::format(", attempt {}", attempts) : "", event_id, url);
  std::string safe;
  telemetry::append_printable(safe, line);
  return safe;
}

/// The payload last, as Discord sent it.
std::string json_of(simdjson::dom::element event, std::string_view payload) {
  std::string text = simdjson::minify(event);
  if (payload.empty()) return text;
  const auto quoted = text.rfind(",\"payload\":");
  return text.substr(0, quoted) + ",\"payload\":" + std::string{payload} + "}";
}

void print(const tail_command& asked, simdjson::dom::element event, const console& on) {
  std::string payload;
  read(event, "payload", payload);
  if (asked.is_json) {
    on.out << json_of(event, payload) << '\n';
    return;
  }
  on.out << line_of(event) << '\n';
  if (payload.empty()) return;
  std::string safe;
  telemetry::append_printable(safe, payload);
  on.out << "    " << safe << '\n';
}

/// False: the daemon does not know the reader any more.
bool show(const tail_command& asked, admin_client& client, const std::string& reader,
          const console& on) {
  const auto answer = client.ask("GET", "/tail/" + reader);
  if (answer.status == not_found) return false;
  if (!answer.is_success()) throw admin_failure(error_text(answer));
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(answer.body).get(root) != simdjson::SUCCESS) {
    throw admin_failure("the daemon's answer cannot be read");
  }
  for_each(root["events"], [&](simdjson::dom::element event) { print(asked, event, on); });
  std::int64_t skipped = 0;
  read(root, "skipped", skipped);
  if (skipped > 0) {
    on.errors << "gatehouse: " << skipped << " more were delivered than can be shown\n";
  }
  on.out << std::flush;
  return static_cast<bool>(on.out);
}

}  // namespace

int run_tail(const tail_command& asked, const console& on) {
  return with_daemon(asked.access, on, [&](admin_client& client) -> int {
    while (on.out) {
      const auto reader = open(asked, client);
      while (show(asked, client, reader, on)) {
      }
    }
    return stopped_as_asked;  // nobody reads any more
  });
}

}  // namespace gatehouse::app
