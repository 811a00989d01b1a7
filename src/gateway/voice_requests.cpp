#include "answers.hpp"

#include <gatehouse/gateway/commands.hpp>
#include <gatehouse/gateway/voice_requests.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::gateway {

voice_requests::begun voice_requests::begin(request_id id, std::uint64_t guild_id,
                                            std::uint64_t channel_id, bool self_mute,
                                            bool self_deaf, runtime::time_point now) {
  if (guild_id == 0 || channel_id == 0) {
    return {begun::outcome::invalid, {}, "channel_id must be a snowflake"};
  }
  if (find(guild_id) != table_.entries().end()) return {begun::outcome::name_taken};
  std::string text = voice_state_text(guild_id, channel_id, self_mute, self_deaf);
  table_.add(id, {guild_id, channel_id, text, request_progress{now}});
  return {begun::outcome::begun, std::move(text)};
}

void voice_requests::on_state(std::uint64_t guild_id, std::string_view data,
                              std::uint64_t own_user_id, runtime::time_point now,
                              request_actions& out) {
  const auto found = find(guild_id);
  if (found == table_.entries().end()) return;
  const auto state = read_voice_state(data);
  if (!state || state->user_id != own_user_id) return;
  // Another channel: news of where the bot was until now.
  if (state->channel_id != found->second.channel_id) return;
  found->second.progress.on_news(now);
  found->second.session_id = state->session_id;
  finish(found, out);
}

void voice_requests::on_server(std::uint64_t guild_id, std::string_view data,
                               runtime::time_point now, request_actions& out) {
  const auto found = find(guild_id);
  if (found == table_.entries().end()) return;
  const auto server = read_voice_server(data);
  if (!server) return;
  found->second.progress.on_news(now);
  found->second.token = server->token;
  found->second.endpoint = server->endpoint;
  finish(found, out);
}

voice_requests::table::map::iterator voice_requests::find(std::uint64_t guild_id) {
  auto& entries = table_.entries();
  return std::find_if(entries.begin(), entries.end(),
                      [&](const auto& each) { return each.second.guild_id == guild_id; });
}

void voice_requests::finish(table::map::iterator which, request_actions& out) {
  const entry& joined = which->second;
  if (!joined.session_id || joined.endpoint.empty()) return;
  std::string body = R"({"session_id":")" + *joined.session_id;
  body += R"(","token":")" + joined.token;
  body += R"(","endpoint":")" + joined.endpoint + R"("})";
  table_.end(which, {0, request_ended::outcome::answered, std::move(body)}, out);
}

void voice_requests::entry::clear_answer() {
  session_id.reset();
  token.clear();
  endpoint.clear();
}

}  // namespace gatehouse::gateway
