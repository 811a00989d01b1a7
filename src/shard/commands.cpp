#include "step.hpp"

#include <gatehouse/gateway/commands.hpp>
#include <gatehouse/shard/shard.hpp>

#include <spdlog/spdlog.h>

#include <utility>

/// What a shard sends because somebody asked for it, and what Discord answers.
namespace gatehouse::shard {
namespace {

using gateway::shard_state;

/// Rounded up: who comes back then, comes in time.
runtime::milliseconds until(runtime::time_point at, runtime::time_point now) {
  return std::chrono::ceil<runtime::milliseconds>(at - now);
}

}  // namespace

bool shard::may_queue() const noexcept {
  const auto state = session_.state();
  if (state == shard_state::offline) return false;
  return state == shard_state::connected || session_.resumable().has_value();
}

send_result shard::send_command(std::string text, gateway::opcode op) {
  return queue_command(std::move(text), op, 0);
}

send_result shard::queue_command(std::string text, gateway::opcode op,
                                 gateway::request_id request) {
  using outcome = send_result::outcome;
  if (!may_queue()) return {outcome::not_connected};
  const auto number = outbox_.push_command(std::move(text), op);
  const auto now = runtime::clock::now();
  if (!number) {
    const auto at = outbox_.place_at(now);
    if (!at) return {outcome::not_connected};
    return {outcome::limited, until(*at, now)};
  }
  if (request != 0) unsent_requests_.emplace(*number, request);
  pump();
  arm();
  if (session_.state() != shard_state::connected) return {outcome::queued};
  const auto at = outbox_.expected_at(*number, now);
  if (!at) return {outcome::sent};
  return {outcome::queued, until(*at, now)};
}

request_begun shard::request_members(gateway::request_id id, std::uint64_t guild_id,
                                     std::string_view body) {
  using begun = gateway::member_requests::begun::outcome;
  auto wanted = requests_.members().begin(id, guild_id, body, runtime::clock::now());
  switch (wanted.what) {
    case begun::begun:
      break;
    case begun::invalid:
      return {request_begun::outcome::invalid, {}, std::move(wanted.error)};
    case begun::name_taken:
      return {request_begun::outcome::name_taken};
    case begun::too_many:
      return {request_begun::outcome::not_sent,
              {send_result::outcome::limited},
              "too many requests are under way"};
  }
  return begin_request(id, std::move(wanted.text), gateway::opcode::request_guild_members);
}

request_begun shard::join_voice(gateway::request_id id, std::uint64_t guild_id,
                                std::uint64_t channel_id, bool self_mute, bool self_deaf) {
  using begun = gateway::voice_requests::begun::outcome;
  auto wanted = requests_.voices().begin(id, guild_id, channel_id, self_mute, self_deaf,
                                         runtime::clock::now());
  switch (wanted.what) {
    case begun::begun:
      break;
    case begun::invalid:
      return {request_begun::outcome::invalid, {}, std::move(wanted.error)};
    case begun::name_taken:
      return {request_begun::outcome::name_taken};
  }
  return begin_request(id, std::move(wanted.text), gateway::opcode::voice_state_update);
}

request_begun shard::begin_request(gateway::request_id id, std::string text, gateway::opcode op) {
  const send_result result = queue_command(std::move(text), op, id);
  if (result.what == send_result::outcome::sent || result.what == send_result::outcome::queued) {
    return {request_begun::outcome::under_way, result};
  }
  requests_.forget(id);
  return {request_begun::outcome::not_sent, result};
}

send_result shard::set_presence(const std::string& presence) {
  presence_ = presence;
  session_.set_presence(choose_presence());
  switch (session_.state()) {
    case shard_state::offline:
      return {send_result::outcome::not_connected};
    case shard_state::identifying: {
      // Its Identify is out with another one.
      const auto number = outbox_.push_command(gateway::presence_update_text(presence),
                                               gateway::opcode::presence_update);
      return {number ? send_result::outcome::queued : send_result::outcome::not_connected};
    }
    default:
      break;
  }
  if (!may_queue()) return {send_result::outcome::queued};  // its Identify will carry it
  return send_command(gateway::presence_update_text(presence), gateway::opcode::presence_update);
}

/// Requests are told what has happened to the connection.
void shard::tell_requests(shard_state before, shard_state now) {
  if (before == shard_state::connected) {
    requests_.on_connection_lost();
    silence_.pause();
  }
  if (now == shard_state::offline) {
    drop_commands();
    requests_.stop(request_actions_);
  }
  perform_requests();
}

void shard::perform_requests() {
  const auto todo = std::exchange(request_actions_, {});
  for (const auto& wanted : todo) {
    if (const auto* again = std::get_if<gateway::repeat_request>(&wanted)) {
      unsent_requests_.emplace(outbox_.push_again(again->text, again->op), again->id);
    } else {
      observer_.on_request_ended(key(), std::get<gateway::request_ended>(wanted));
    }
  }
  pump();
  arm();
}

/// The shard is offline for good: nothing will take them along any more.
void shard::drop_commands() {
  unsent_requests_.clear();
  const auto dropped = outbox_.drop_commands();
  if (dropped == 0) return;
  commands_dropped_ += dropped;
  tell(config::log_level::warn, std::to_string(dropped) + " commands were not sent any more",
       {{telemetry::log_field::count, dropped}});
}

void shard::watch_silence() {
  if (session_.state() != shard_state::connected) return;
  if (!silence_.check(dispatches_, session_.last_ack(), runtime::clock::now())) return;
  ++deaf_alarms_;
  std::string text =
      "heartbeats are acknowledged, but nothing has been delivered for far longer than usual";
  if (services_.reconnect_deaf) text += ": resuming the session";
  tell(config::log_level::warn, text);
  if (services_.reconnect_deaf) reconnect(gateway::reconnect_mode::resume);
}

}  // namespace gatehouse::shard
