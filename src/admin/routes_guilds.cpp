#include "body_reader.hpp"
#include "command_answer.hpp"
#include "routes.hpp"

#include <gatehouse/gateway/snowflake.hpp>

namespace gatehouse::admin {
namespace {

using boost::asio::awaitable;

std::optional<std::uint64_t> guild_of(const request& asked) {
  return gateway::parse_snowflake(asked.parameters.front());
}

response no_guild() {
  return error_response(400, "the guild must be a snowflake");
}

/// Discord takes ids as strings only; callers with big integers may send them so. What is no id at
/// all passes as it is, to be refused with the reason by the check of the whole command.
void append_user_ids(json_writer& out, simdjson::dom::element ids) {
  const auto append = [&out](simdjson::dom::element from) {
    if (const auto id = read_snowflake(from)) {
      out.value(std::to_string(*id));
    } else {
      out.raw(simdjson::minify(from));
    }
  };
  simdjson::dom::array all;
  if (ids.get(all)) {
    append(ids);
    return;
  }
  out.begin_array();
  for (const auto id : all) append(id);
  out.end_array();
}

/// The `d` of op 8 without `guild_id`, and without what is meant for this daemon.
std::string members_text(const body_reader& body) {
  json_writer out;
  out.begin_object();
  for (const auto [key, value] : body.members()) {
    if (key == "stream" || key == "guild_id") continue;
    out.foreign_key(key);
    if (key == "user_ids") {
      append_user_ids(out, value);
    } else {
      out.raw(simdjson::minify(value));
    }
  }
  return out.end_object().take();
}

awaitable<response> request_members(cluster::control& control, const request& asked) {
  const auto guild_id = guild_of(asked);
  if (!guild_id) co_return no_guild();
  body_reader body{asked.body};
  const bool is_stream = body.flag("stream", false);
  if (const auto named = body.snowflake("guild_id"); named && named != guild_id) {
    body.fail("guild_id", "that of the path, or left out");
  }
  if (body.failed()) co_return error_response(400, body.error());
  if (is_stream) {
    const auto sent = co_await control.stream_members(*guild_id, members_text(body));
    co_return command_answer(sent);
  }
  auto result = co_await control.request_members(*guild_id, members_text(body));
  co_return request_answer(std::move(result));
}

awaitable<response> join_voice(cluster::control& control, const request& asked) {
  const auto guild_id = guild_of(asked);
  if (!guild_id) co_return no_guild();
  body_reader body{asked.body};
  body.allow_only({"channel_id", "self_mute", "self_deaf"});
  const auto channel_id = body.required_snowflake("channel_id");
  const bool self_mute = body.flag("self_mute", false);
  const bool self_deaf = body.flag("self_deaf", false);
  if (body.failed()) co_return error_response(400, body.error());
  auto result = co_await control.join_voice(*guild_id, channel_id, self_mute, self_deaf);
  co_return request_answer(std::move(result));
}

awaitable<response> leave_voice(cluster::control& control, const request& asked) {
  const auto guild_id = guild_of(asked);
  if (!guild_id) co_return no_guild();
  const auto result = co_await control.leave_voice(*guild_id);
  co_return command_answer(result);
}

}  // namespace

void add_guild_routes(std::vector<route>& rows, const control_sources& sources) {
  auto& control = sources.control;
  rows.push_back({"POST", "/guilds/{id}/members", access::authorized,
                  [&control](const request& asked) { return request_members(control, asked); }});
  rows.push_back({"POST", "/guilds/{id}/voice", access::authorized,
                  [&control](const request& asked) { return join_voice(control, asked); }});
  rows.push_back({"DELETE", "/guilds/{id}/voice", access::authorized,
                  [&control](const request& asked) { return leave_voice(control, asked); }});
}

}  // namespace gatehouse::admin
