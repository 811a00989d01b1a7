#include "question.hpp"

#include <gatehouse/cluster/manager.hpp>
#include <gatehouse/gateway/command_check.hpp>
#include <gatehouse/gateway/commands.hpp>
#include <gatehouse/gateway/snowflake.hpp>

#include <algorithm>
#include <utility>

/// Commands to Discord: which worker they go to, and how its answer comes back.
namespace gatehouse::cluster {
namespace {

namespace asio = boost::asio;

command_result result_of(command_result::outcome what, int shard_id, std::string error = {}) {
  return {.what = what, .shard_id = shard_id, .error = std::move(error)};
}

}  // namespace

worker* manager::worker_of_serving(int shard_id) {
  const auto placed = worker_of_shard_.find(shard_id);
  if (placed == worker_of_shard_.end()) return nullptr;
  const auto held = workers_.find(placed->second);
  return held == workers_.end() ? nullptr : held->second.get();
}

std::optional<int> manager::find_shard(std::optional<std::uint64_t> guild_id) const {
  if (total_shards_ < 1) return std::nullopt;
  const int shard_id = guild_id ? gateway::shard_of_guild(*guild_id, total_shards_) : 0;
  if (!worker_of_shard_.contains(shard_id)) return std::nullopt;
  return shard_id;
}

/// Posts a question that one worker answers; returns its nonce.
template <class Message>
std::uint64_t manager::pose(question& asked, worker& to, Message message) {
  asked.missing = 1;
  const auto nonce = ask(asked);
  message.nonce = nonce;
  to.post(std::move(message));
  return nonce;
}

/// A command to one shard of the serving generation.
template <class Message>
asio::awaitable<command_result> manager::ask_shard(Message message) {
  const int shard_id = message.shard.shard_id;
  worker* const held = worker_of_serving(shard_id);
  if (held == nullptr) co_return result_of(command_result::outcome::unknown_shard, shard_id);
  if (stopping_) co_return result_of(command_result::outcome::not_connected, shard_id);
  question asked{context_};
  const auto nonce = pose(asked, *held, std::move(message));
  co_await wait_for_answers(asked, runtime::clock::now() + answer_deadline);
  questions_.erase(nonce);
  if (asked.results.empty()) co_return result_of(command_result::outcome::no_answer, shard_id);
  co_return std::move(asked.results.front());
}

/// A request to one shard of the serving generation: first the worker answers, then Discord.
template <class Message>
asio::awaitable<request_result> manager::ask_discord(Message message) {
  const int shard_id = message.shard.shard_id;
  request_result result{.what = request_result::outcome::failed};
  result.command = result_of(command_result::outcome::unknown_shard, shard_id);
  worker* const held = worker_of_serving(shard_id);
  if (held == nullptr) co_return result;
  result.command.what = command_result::outcome::not_connected;
  if (stopping_) co_return result;
  question asked{context_};
  const auto nonce = pose(asked, *held, std::move(message));
  co_await wait_for_answers(asked, runtime::clock::now() + answer_deadline);
  const bool is_under_way = asked.missing == 0 && !asked.request && !stopping_;
  if (is_under_way) {
    asked.missing = 1;
    const auto longest = gateway::request_progress::longest + answer_deadline;
    co_await wait_for_answers(asked, runtime::clock::now() + longest);
  }
  questions_.erase(nonce);
  if (asked.request) co_return std::move(*asked.request);
  result.command.what = command_result::outcome::no_answer;
  co_return result;
}

asio::awaitable<command_result> manager::send_payload(int shard_id, std::string text) {
  shard_payload message{{shard_id, serving_}, 0, std::move(text)};
  co_return co_await ask_shard(std::move(message));
}

asio::awaitable<command_result> manager::reconnect(int shard_id, gateway::reconnect_mode mode) {
  const reconnect_shard message{{shard_id, serving_}, 0, mode};
  co_return co_await ask_shard(message);
}

asio::awaitable<command_result> manager::stream_members(std::uint64_t guild_id, std::string body) {
  auto request = gateway::check_member_request(guild_id, body);
  const int shard_id = find_shard(guild_id).value_or(-1);
  if (!request.frame.error.empty()) {
    co_return result_of(command_result::outcome::invalid, shard_id, std::move(request.frame.error));
  }
  shard_payload message{{shard_id, serving_}, 0, std::move(request.frame.text)};
  co_return co_await ask_shard(std::move(message));
}

asio::awaitable<command_result> manager::leave_voice(std::uint64_t guild_id) {
  shard_payload message{{find_shard(guild_id).value_or(-1), serving_},
                        0,
                        gateway::voice_state_text(guild_id, std::nullopt, false, false)};
  co_return co_await ask_shard(std::move(message));
}

asio::awaitable<request_result> manager::request_members(std::uint64_t guild_id, std::string body) {
  cluster::request_members message{
      {find_shard(guild_id).value_or(-1), serving_}, 0, guild_id, std::move(body)};
  co_return co_await ask_discord(std::move(message));
}

asio::awaitable<request_result> manager::join_voice(std::uint64_t guild_id,
                                                    std::uint64_t channel_id, bool self_mute,
                                                    bool self_deaf) {
  const cluster::join_voice message{
      {find_shard(guild_id).value_or(-1), serving_}, 0, guild_id, channel_id, self_mute, self_deaf};
  co_return co_await ask_discord(message);
}

asio::awaitable<std::vector<command_result>> manager::set_presence(std::string presence) {
  auto checked = gateway::check_presence(presence);
  std::vector<command_result> results;
  if (!checked.error.empty()) {
    results.push_back(result_of(command_result::outcome::invalid, -1, std::move(checked.error)));
    co_return results;
  }
  presence_ = std::move(checked.text);
  question asked{context_};
  asked.missing = stopping_ ? 0 : workers_.size();
  const auto nonce = ask(asked);
  if (!stopping_) {
    for (auto& [id, held] : workers_) held->post(cluster::set_presence{nonce, *presence_});
  }
  co_await wait_for_answers(asked, runtime::clock::now() + answer_deadline);
  questions_.erase(nonce);
  results = std::move(asked.results);
  for (const auto& [shard_id, worker_id] : worker_of_shard_) {
    const bool has_answered =
        std::any_of(results.begin(), results.end(),
                    [id = shard_id](const auto& each) { return each.shard_id == id; });
    if (has_answered) continue;
    results.push_back(result_of(command_result::outcome::no_answer, shard_id));
  }
  std::sort(results.begin(), results.end(),
            [](const auto& a, const auto& b) { return a.shard_id < b.shard_id; });
  co_return results;
}

/// The workers are gone: nobody will answer any more.
void manager::abandon_questions() {
  for (auto& [nonce, asked] : questions_) {
    asked->missing = 0;
    asked->answered.cancel();
  }
}

void manager::handle(shard_payload_result message) {
  const auto found = questions_.find(message.nonce);
  if (found == questions_.end()) return;  // answered after its deadline
  found->second->results.push_back(std::move(message.result));
  found->second->missing = 0;
  found->second->answered.cancel();
}

void manager::handle(presence_result message) {
  const auto found = questions_.find(message.nonce);
  if (found == questions_.end()) return;
  auto& results = found->second->results;
  results.insert(results.end(), std::make_move_iterator(message.results.begin()),
                 std::make_move_iterator(message.results.end()));
  if (--found->second->missing == 0) found->second->answered.cancel();
}

void manager::handle(request_under_way message) {
  const auto found = questions_.find(message.nonce);
  if (found == questions_.end()) return;
  found->second->missing = 0;
  found->second->answered.cancel();
}

void manager::handle(request_done message) {
  const auto found = questions_.find(message.nonce);
  if (found == questions_.end()) return;
  found->second->request = std::move(message.result);
  found->second->missing = 0;
  found->second->answered.cancel();
}

}  // namespace gatehouse::cluster
