#include <gatehouse/cluster/worker.hpp>
#include <gatehouse/gateway/command_check.hpp>

#include <utility>

/// The part of a worker that sends commands to Discord and says what has become of them.
namespace gatehouse::cluster {
namespace {

command_result to_result(int shard_id, const shard::send_result& sent, std::string error = {}) {
  command_result result{.shard_id = shard_id, .send_in = sent.wait, .error = std::move(error)};
  switch (sent.what) {
    case shard::send_result::outcome::sent:
      result.what = command_result::outcome::sent;
      break;
    case shard::send_result::outcome::queued:
      result.what = command_result::outcome::queued;
      break;
    case shard::send_result::outcome::limited:
      result.what = command_result::outcome::limited;
      break;
    case shard::send_result::outcome::not_connected:
      result.what = command_result::outcome::not_connected;
      break;
  }
  return result;
}

command_result unknown(int shard_id) {
  return {.what = command_result::outcome::unknown_shard, .shard_id = shard_id};
}

command_result invalid(int shard_id, std::string error) {
  return {
      .what = command_result::outcome::invalid, .shard_id = shard_id, .error = std::move(error)};
}

request_result failed(command_result why) {
  return {.what = request_result::outcome::failed, .command = std::move(why)};
}

request_result to_result(int shard_id, gateway::request_ended ended) {
  using outcome = gateway::request_ended::outcome;
  command_result command{.what = command_result::outcome::sent, .shard_id = shard_id};
  switch (ended.what) {
    case outcome::answered:
      return {request_result::outcome::answered, std::move(command), std::move(ended.text)};
    case outcome::no_answer:
      return {request_result::outcome::no_answer, std::move(command)};
    case outcome::stopped:
      return {request_result::outcome::ended, std::move(command)};
    case outcome::refused:
      return failed(invalid(shard_id, std::move(ended.text)));
    case outcome::limited:
      command.what = command_result::outcome::limited;
      command.send_in = ended.again_in;
      command.error = "Discord limits how often this may be requested";
      break;
    case outcome::too_large:
      command.what = command_result::outcome::limited;
      command.error = "the answers under way take up too much memory";
      break;
  }
  return failed(std::move(command));
}

}  // namespace

void worker::handle(shard_payload message) {
  const int shard_id = message.shard.shard_id;
  shard_payload_result answer{message.nonce, unknown(shard_id)};
  if (const auto found = shards_.find(message.shard); found != shards_.end()) {
    auto checked = gateway::validate_command(message.text);
    answer.result =
        checked.op
            ? to_result(shard_id, found->second->send_command(std::move(message.text), *checked.op))
            : invalid(shard_id, std::move(checked.error));
  }
  services_.to_manager(std::move(answer));
}

void worker::handle(const request_members& message) {
  const int shard_id = message.shard.shard_id;
  const auto found = shards_.find(message.shard);
  if (found == shards_.end()) {
    return services_.to_manager(request_done{message.nonce, failed(unknown(shard_id))});
  }
  tell_begun(message.nonce, shard_id,
             found->second->request_members(message.nonce, message.guild_id, message.body));
}

void worker::handle(const join_voice& message) {
  const int shard_id = message.shard.shard_id;
  const auto found = shards_.find(message.shard);
  if (found == shards_.end()) {
    return services_.to_manager(request_done{message.nonce, failed(unknown(shard_id))});
  }
  tell_begun(message.nonce, shard_id,
             found->second->join_voice(message.nonce, message.guild_id, message.channel_id,
                                       message.self_mute, message.self_deaf));
}

void worker::tell_begun(std::uint64_t nonce, int shard_id, shard::request_begun begun) {
  using outcome = shard::request_begun::outcome;
  request_result result;
  switch (begun.what) {
    case outcome::under_way:
      return services_.to_manager(request_under_way{nonce});
    case outcome::not_sent:
      result = failed(to_result(shard_id, begun.sending, std::move(begun.error)));
      break;
    case outcome::invalid:
      result = failed(invalid(shard_id, std::move(begun.error)));
      break;
    case outcome::name_taken:
      result = {.what = request_result::outcome::name_taken,
                .command = {.what = command_result::outcome::invalid, .shard_id = shard_id}};
      break;
  }
  services_.to_manager(request_done{nonce, std::move(result)});
}

void worker::on_request_ended(gateway::shard_key shard, gateway::request_ended ended) {
  const auto nonce = ended.id;
  services_.to_manager(request_done{nonce, to_result(shard.shard_id, std::move(ended))});
}

void worker::handle(set_presence message) {
  presence_ = std::move(message.presence);
  presence_result answer{message.nonce, {}};
  for (const auto& [key, held] : shards_) {
    if (emptying_.contains(key)) continue;
    const auto sent = held->set_presence(presence_);
    if (key.generation == serving_) answer.results.push_back(to_result(key.shard_id, sent));
  }
  services_.to_manager(std::move(answer));
}

void worker::handle(const reconnect_shard& message) {
  const int shard_id = message.shard.shard_id;
  shard_payload_result answer{message.nonce, unknown(shard_id)};
  if (const auto found = shards_.find(message.shard); found != shards_.end()) {
    const bool is_offline = found->second->status().state == gateway::shard_state::offline;
    answer.result.what =
        is_offline ? command_result::outcome::not_connected : command_result::outcome::sent;
    if (!is_offline) found->second->reconnect(message.mode);
  }
  services_.to_manager(std::move(answer));
}

}  // namespace gatehouse::cluster
