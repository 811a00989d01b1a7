#include <gatehouse/cluster/command_router.hpp>
#include <gatehouse/gateway/command_check.hpp>
#include <gatehouse/gateway/commands.hpp>
#include <gatehouse/gateway/pending_requests.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace gatehouse::cluster {
namespace {

namespace asio = boost::asio;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);
using outcome = command_result::outcome;

command_result result_of(outcome what, int shard_id, std::string error = {}) {
  return {.what = what, .shard_id = shard_id, .error = std::move(error)};
}

}  // namespace

/// Under way to one worker or more. Lives in the coroutine that asks.
struct command_router::question {
  explicit question(asio::io_context& context) : answered(context) {}

  std::uint64_t nonce = 0;
  std::size_t missing = 0;  ///< answers still to come
  asio::steady_timer answered;
  std::vector<command_result> results{};
  std::optional<request_result> request{};
  std::optional<storage::stored_session> session{};
};

command_router::command_router(asio::io_context& context, worker_ports& workers,
                               const serving_set& serving)
    : context_(context), workers_(workers), serving_(serving) {}

std::uint64_t command_router::begin(question& asked, std::size_t answers) {
  asked.nonce = ++last_nonce_;
  asked.missing = answers;
  questions_.emplace(asked.nonce, &asked);
  return asked.nonce;
}

asio::awaitable<void> command_router::wait_for(question& asked, runtime::time_point deadline) {
  asked.answered.expires_at(deadline);
  while (asked.missing > 0 && runtime::clock::now() < deadline) {
    co_await asked.answered.async_wait(use_tuple);
  }
}

/// Null: answered after its deadline.
command_router::question* command_router::find(std::uint64_t nonce) {
  const auto found = questions_.find(nonce);
  return found == questions_.end() ? nullptr : found->second;
}

void command_router::answer(question& asked, std::size_t answers) {
  asked.missing -= std::min(asked.missing, answers);
  if (asked.missing == 0) asked.answered.cancel();
}

void command_router::abandon_questions() {
  for (auto& [nonce, asked] : questions_) answer(*asked, asked->missing);
}

std::optional<command_result> command_router::obstacle(int shard_id) const {
  if (!serving_.ids.contains(shard_id)) return result_of(outcome::unknown_shard, shard_id);
  if (is_closed_) return result_of(outcome::not_connected, shard_id);
  return std::nullopt;
}

gateway::shard_key command_router::key_of_guild(std::uint64_t guild_id) const {
  return serving_.key_of(find_shard(guild_id).value_or(-1));
}

/// A question that one shard's worker answers.
template <class Message>
void command_router::pose(question& asked, Message message) {
  message.nonce = begin(asked, 1);
  const int shard_id = message.shard.shard_id;
  workers_.post_to_shard(shard_id, std::move(message));
}

/// A command to one shard of the serving generation.
template <class Message>
asio::awaitable<command_result> command_router::ask_shard(Message message) {
  const int shard_id = message.shard.shard_id;
  if (auto refused = obstacle(shard_id)) co_return *std::move(refused);
  question asked{context_};
  pose(asked, std::move(message));
  co_await wait_for(asked, runtime::clock::now() + answer_deadline);
  questions_.erase(asked.nonce);
  if (asked.results.empty()) co_return result_of(outcome::no_answer, shard_id);
  co_return std::move(asked.results.front());
}

/// A request to one shard of the serving generation: first the worker answers, then Discord.
template <class Message>
asio::awaitable<request_result> command_router::ask_discord(Message message) {
  const int shard_id = message.shard.shard_id;
  request_result result{.what = request_result::outcome::failed};
  if (auto refused = obstacle(shard_id)) {
    result.command = *std::move(refused);
    co_return result;
  }
  question asked{context_};
  pose(asked, std::move(message));
  co_await wait_for(asked, runtime::clock::now() + answer_deadline);
  const bool is_under_way = asked.missing == 0 && !asked.request && !is_closed_;
  if (is_under_way) {
    asked.missing = 1;
    const auto longest = gateway::request_progress::longest + answer_deadline;
    co_await wait_for(asked, runtime::clock::now() + longest);
  }
  questions_.erase(asked.nonce);
  if (asked.request) co_return std::move(*asked.request);
  result.command = result_of(outcome::no_answer, shard_id);
  co_return result;
}

asio::awaitable<command_result> command_router::send_payload(int shard_id, std::string text) {
  shard_payload message{serving_.key_of(shard_id), 0, std::move(text)};
  co_return co_await ask_shard(std::move(message));
}

asio::awaitable<command_result> command_router::reconnect(int shard_id,
                                                          gateway::reconnect_mode mode) {
  const reconnect_shard message{serving_.key_of(shard_id), 0, mode};
  co_return co_await ask_shard(message);
}

asio::awaitable<command_result> command_router::stream_members(std::uint64_t guild_id,
                                                               std::string body) {
  auto request = gateway::check_member_request(guild_id, body);
  const auto shard = key_of_guild(guild_id);
  if (!request.frame.error.empty()) {
    co_return result_of(outcome::invalid, shard.shard_id, std::move(request.frame.error));
  }
  shard_payload message{shard, 0, std::move(request.frame.text)};
  co_return co_await ask_shard(std::move(message));
}

asio::awaitable<command_result> command_router::leave_voice(std::uint64_t guild_id) {
  shard_payload message{key_of_guild(guild_id), 0,
                        gateway::voice_state_text(guild_id, std::nullopt, false, false)};
  co_return co_await ask_shard(std::move(message));
}

asio::awaitable<request_result> command_router::request_members(std::uint64_t guild_id,
                                                                std::string body) {
  cluster::request_members message{key_of_guild(guild_id), 0, guild_id, std::move(body)};
  co_return co_await ask_discord(std::move(message));
}

asio::awaitable<request_result> command_router::join_voice(std::uint64_t guild_id,
                                                           std::uint64_t channel_id, bool self_mute,
                                                           bool self_deaf) {
  const cluster::join_voice message{
      key_of_guild(guild_id), 0, guild_id, channel_id, self_mute, self_deaf};
  co_return co_await ask_discord(message);
}

asio::awaitable<std::vector<command_result>> command_router::set_presence(std::string presence) {
  auto checked = gateway::check_presence(presence);
  std::vector<command_result> results;
  if (!checked.error.empty()) {
    results.push_back(result_of(outcome::invalid, -1, std::move(checked.error)));
    co_return results;
  }
  presence_ = std::move(checked.text);
  question asked{context_};
  if (!is_closed_) {
    const auto nonce = begin(asked, workers_.workers().size());
    workers_.post_to_all(cluster::set_presence{nonce, *presence_});
  }
  co_await wait_for(asked, runtime::clock::now() + answer_deadline);
  questions_.erase(asked.nonce);
  results = std::move(asked.results);
  for (const int shard_id : serving_.ids) {
    const bool has_answered =
        std::any_of(results.begin(), results.end(),
                    [shard_id](const auto& each) { return each.shard_id == shard_id; });
    if (!has_answered) results.push_back(result_of(outcome::no_answer, shard_id));
  }
  std::sort(results.begin(), results.end(),
            [](const auto& a, const auto& b) { return a.shard_id < b.shard_id; });
  co_return results;
}

asio::awaitable<bool> command_router::do_workers_answer(runtime::time_point deadline) {
  question asked{context_};
  const auto nonce = begin(asked, workers_.workers().size());
  workers_.post_to_all(ping{nonce});
  co_await wait_for(asked, deadline);
  questions_.erase(nonce);
  co_return asked.missing == 0;
}

asio::awaitable<std::optional<storage::stored_session>> command_router::release(
    int shard_id, runtime::time_point deadline) {
  if (obstacle(shard_id)) co_return std::nullopt;
  question asked{context_};
  pose(asked, release_shard{serving_.key_of(shard_id), 0, deadline});
  co_await wait_for(asked, deadline + answer_deadline);
  questions_.erase(asked.nonce);
  co_return std::move(asked.session);
}

void command_router::handle(const pong& message) {
  if (auto* asked = find(message.nonce)) answer(*asked, 1);
}

void command_router::handle(shard_payload_result message) {
  auto* asked = find(message.nonce);
  if (asked == nullptr) return;
  asked->results.push_back(std::move(message.result));
  answer(*asked, 1);
}

void command_router::handle(presence_result message) {
  auto* asked = find(message.nonce);
  if (asked == nullptr) return;
  asked->results.insert(asked->results.end(), std::make_move_iterator(message.results.begin()),
                        std::make_move_iterator(message.results.end()));
  answer(*asked, 1);
}

void command_router::handle(const request_under_way& message) {
  if (auto* asked = find(message.nonce)) answer(*asked, 1);
}

void command_router::handle(request_done message) {
  auto* asked = find(message.nonce);
  if (asked == nullptr) return;
  asked->request = std::move(message.result);
  answer(*asked, 1);
}

void command_router::handle(shard_released message) {
  auto* asked = find(message.nonce);
  if (asked == nullptr) return;
  asked->session = std::move(message.session);
  answer(*asked, 1);
}

}  // namespace gatehouse::cluster
