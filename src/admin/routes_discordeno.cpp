#include "body_reader.hpp"
#include "command_answer.hpp"
#include "routes.hpp"
#include "shard_list.hpp"

#include <gatehouse/gateway/snowflake.hpp>
#include <gatehouse/runtime/wall_clock.hpp>
#include <gatehouse/telemetry/log_fields.hpp>
#include <gatehouse/telemetry/repeat_limit.hpp>

#include <spdlog/logger.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

/// What a discordeno bot sends to its gateway process, answered as that process does: versions 13
/// to 18 (template/gateway) and 19 and newer (bigbot).
namespace gatehouse::admin {
namespace {

using boost::asio::awaitable;

constexpr std::int64_t most_shard_id = std::numeric_limits<int>::max();

/// `{"processing":…}`, the form of versions 13 to 18.
response old_error(unsigned status, bool is_error, std::string_view text) {
  json_writer out;
  out.begin_object()
      .member("processing", false)
      .member("error", is_error)
      .member("message", text)
      .end_object();
  return {.status = status, .body = out.take()};
}
response old_success() {
  return {.body = R"({"processing":true})"};
}
response new_error(unsigned status, std::string_view text) {
  json_writer out;
  out.begin_object().member("message", text).end_object();
  return {.status = status, .body = out.take()};
}

/// SHARD_PAYLOAD: versions 13 to 18 shout.
bool is_old(std::string_view type) {
  return !type.empty() && std::all_of(type.begin(), type.end(),
                                      [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
}

response answer_shard_info(const control_sources& sources) {
  json_writer out;
  out.begin_array();
  for (const auto& shard : list_shards(sources.metrics, sources.status)) {
    if (!shard.status.serves) break;  // a bot knows one shard of each id
    out.begin_object()
        .member("workerId", shard.worker_id)
        .member("shardId", shard.status.shard_id)
        .member("rtt", shard.status.rtt ? shard.status.rtt->count() : -1)
        .member("state", static_cast<int>(shard.status.state))
        .end_object();
  }
  out.end_array();
  return {.body = out.take()};
}

awaitable<response> send_old_payload(const control_sources& sources, body_reader& body) {
  const auto shard_id = static_cast<int>(body.integer("shardId", 0, most_shard_id, {}));
  auto payload = body.object("data");
  if (body.failed()) co_return old_error(400, true, body.error());
  const auto result = co_await sources.control.send_payload(shard_id, std::move(payload));
  if (is_accepted(result)) co_return old_success();
  co_return old_error(command_answer(result).status, true, describe_failure(result));
}

awaitable<response> send_new_payload(const control_sources& sources, body_reader& body) {
  const auto shard_id = static_cast<int>(body.integer("shardId", 0, most_shard_id, {}));
  auto payload = body.object("payload");
  if (body.failed()) co_return new_error(400, "Invalid body: " + body.error());
  const auto result = co_await sources.control.send_payload(shard_id, std::move(payload));
  if (is_accepted(result)) co_return response{};
  co_return new_error(command_answer(result).status, describe_failure(result));
}

awaitable<response> edit_presence(const control_sources& sources, body_reader& body) {
  auto presence = body.object("payload");
  if (body.failed()) co_return new_error(400, "Invalid body: " + body.error());
  const auto results = co_await sources.control.set_presence(std::move(presence));
  using outcome = cluster::command_result::outcome;
  const auto invalid = std::find_if(results.begin(), results.end(), [](const auto& result) {
    return result.what == outcome::invalid;
  });
  if (invalid != results.end()) {
    co_return new_error(400, "Invalid body: " + describe_failure(*invalid));
  }
  co_return response{};
}

awaitable<response> find_shard(const control_sources& sources, body_reader& body) {
  const auto guild_id = body.snowflake("guildId");
  if (body.failed()) co_return new_error(400, "Invalid body: " + body.error());
  const auto shard_id = co_await sources.control.find_shard(guild_id);
  const auto shards = list_shards(sources.metrics, sources.status);
  if (!shard_id) {
    const int total = std::max(1, total_of_serving(shards));
    const int wanted = guild_id ? gateway::shard_of_guild(*guild_id, total) : 0;
    co_return error_response(400, "worker for shard " + std::to_string(wanted) + " not found");
  }
  const auto found = std::find_if(shards.begin(), shards.end(), [&](const auto& shard) {
    return shard.status.shard_id == *shard_id;
  });
  const auto rtt = found == shards.end() ? std::nullopt : found->status.rtt;
  json_writer out;
  out.begin_object()
      .member("shardId", *shard_id)
      .member("rtt", rtt ? rtt->count() : -1)
      .end_object();
  co_return response{.body = out.take()};
}

awaitable<response> answer_known(const control_sources& sources, std::string_view type,
                                 body_reader& body) {
  if (type == "SHARD_PAYLOAD") return send_old_payload(sources, body);
  if (type == "ShardPayload") return send_new_payload(sources, body);
  if (type == "EditShardsPresence") return edit_presence(sources, body);
  if (type == "ShardInfoFromGuild") return find_shard(sources, body);
  return {};
}

/// A bot may send the same again and again.
void tell_unknown(spdlog::logger& log, telemetry::repeat_limit& limit, std::string_view type) {
  const auto now = runtime::clock::now();
  if (const auto more = limit.take_due(now)) {
    telemetry::write_line(log, config::log_level::info, {{telemetry::log_field::count, more}},
                          "POST /: … and {} more of an unknown type in {} s", more,
                          limit.window.count());
  }
  if (limit.admit(now)) log.info("POST /: unknown type {}", type.substr(0, 64));
}

awaitable<response> answer(const control_sources& sources, telemetry::repeat_limit& unknown_types,
                           const request& asked) {
  body_reader body{asked.body};
  std::string_view type;
  const bool has_type = !body.failed() && !body.members().at_key("type").get(type);
  if (!asked.authorized) {
    co_return is_old(type) ? old_error(401, false, "Invalid authorization header.")
                           : new_error(401, "Credentials not valid.");
  }
  // Which version asks is unknown here; both know `message`.
  if (asked.body.empty()) co_return old_error(400, false, "Empty body.");
  if (body.failed()) co_return old_error(400, true, "Failed to parse body.");
  if (!has_type) co_return new_error(400, "Invalid body");
  if (type == "GET_SHARD_INFO") co_return answer_shard_info(sources);
  auto known = answer_known(sources, type, body);
  if (known.valid()) co_return co_await std::move(known);
  tell_unknown(*sources.log, unknown_types, type);
  co_return is_old(type) ? old_success() : response{};
}

response answer_time(const request&) {
  json_writer out;
  out.begin_object().member("message", runtime::unix_ms_now()).end_object();
  return {.body = out.take()};
}

}  // namespace

void add_discordeno_routes(std::vector<route>& rows, const control_sources& sources) {
  auto unknown_types = std::make_shared<telemetry::repeat_limit>();
  rows.push_back({"POST", "/", access::open, [sources, unknown_types](const request& asked) {
                    return answer(sources, *unknown_types, asked);
                  }});
  rows.push_back({"GET", "/timecheck", access::authorized, answer_with(answer_time)});
}

}  // namespace gatehouse::admin
