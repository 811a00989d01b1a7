#include <gatehouse/cluster/startup.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace gatehouse::cluster {
namespace {

namespace asio = boost::asio;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

/// For old sessions to be resumed, emptied and closed, before new ones take their place.
constexpr runtime::seconds end_timeout{20};

}  // namespace

startup::startup(shared_parts parts, const shard_source& ours)
    : parts_(std::move(parts)),
      ours_(ours),
      ended_event_(parts_.context, runtime::time_point::max()) {}

/// Where nobody asks for another number, the one of the stored sessions goes on. A library that has
/// the say has said it when they began.
int startup::wanted_total(const storage::stored_state& stored) const {
  if (parts_.serving.total_shards > 0) return parts_.serving.total_shards;
  const int configured =
      parts_.decisions.decides_total_shards() ? 0 : parts_.settings->gateway.total_shards;
  return configured > 0 ? configured : stored.sessions.front().position.total_shards;
}

asio::awaitable<void> startup::resume(storage::stored_state stored) {
  const auto& settings = *parts_.settings;
  const bool holds_reshard =
      stored.reshard && stored.reshard->configured == settings.gateway.total_shards;
  if (holds_reshard) parts_.serving.total_shards = stored.reshard->total_shards;
  if (stored.sessions.empty()) co_return;

  const auto& chosen = settings.discord.gateway_url;
  const bool is_chosen = !chosen.empty() || !stored.gateway;
  parts_.serving.gateway_url = is_chosen ? chosen : stored.gateway->url;
  const int total = wanted_total(stored);
  const auto outdated = std::stable_partition(
      stored.sessions.begin(), stored.sessions.end(), [&](const auto& session) {
        return session.position.total_shards == total &&
               session.position.intents == settings.discord.intents;
      });
  std::vector<storage::stored_session> unwanted(std::make_move_iterator(outdated),
                                                std::make_move_iterator(stored.sessions.end()));
  stored.sessions.erase(outdated, stored.sessions.end());
  if (!unwanted.empty()) co_await end(std::move(unwanted));
  if (stored.sessions.empty() || stopped_) co_return;

  const auto planned = ours_.shards_of(total);
  // What cannot be planned is said once `/gateway/bot` has answered.
  if (const auto* plan = std::get_if<shard_plan>(&planned)) {
    resume_planned(*plan, std::move(stored.sessions));
  }
}

void startup::resume_planned(const shard_plan& plan,
                             std::vector<storage::stored_session> sessions) {
  std::vector<storage::session_change> foreign;
  std::erase_if(sessions, [&](const auto& session) {
    if (plan.holds(session.shard_id)) return false;
    foreign.push_back({session.shard_id, std::nullopt, {}});
    return true;
  });
  if (!foreign.empty()) {
    parts_.log->info("{} stored sessions are of shards that this process does not hold any more",
                     foreign.size());
    parts_.sessions->save(std::move(foreign), [](bool) {});
  }
  if (sessions.empty()) return;
  parts_.serving.total_shards = plan.total_shards;
  parts_.board.expect_shards(plan.shard_ids);
  parts_.log->info("resuming {} of {} shards", sessions.size(), plan.shard_ids.size());
  for (auto& session : sessions) {
    const int shard_id = session.shard_id;
    start(shard_id, std::move(session));
  }
}

asio::awaitable<void> startup::end(std::vector<storage::stored_session> sessions) {
  parts_.log->info("the number of shards or the intents have changed: ending {} sessions",
                   sessions.size());
  parts_.board.set_phase("ending the sessions of an earlier configuration");
  for (auto& session : sessions) {
    const int shard_id = session.shard_id;
    ending_.insert(shard_id);
    parts_.workers.post_to_shard(shard_id,
                                 end_session{parts_.serving.gateway_url, std::move(session)});
  }
  ended_event_.expires_after(end_timeout);
  while (!ending_.empty() && !stopped_) {
    const auto [error] = co_await ended_event_.async_wait(use_tuple);
    if (error) continue;  // one is gone, or all are to stop
    parts_.log->warn("{} old sessions could not be resumed in time to be ended", ending_.size());
    parts_.workers.post_to_all(end_sessions_now{});
    ended_event_.expires_after(end_timeout);
  }
}

void startup::start(int shard_id, std::optional<storage::stored_session> from) {
  auto& serving = parts_.serving;
  serving.ids.insert(shard_id);
  parts_.workers.post_to_shard(shard_id, start_shard{serving.key_of(shard_id), serving.total_shards,
                                                     serving.gateway_url, std::move(from)});
}

std::optional<std::string> startup::start_rest(const gateway_answer& told) {
  const auto& bot = told.bot;
  auto& serving = parts_.serving;
  const int total = serving.total_shards > 0
                        ? serving.total_shards
                        : parts_.count_shards(parts_.settings->gateway.total_shards, bot);
  const auto planned = ours_.shards_of(total);
  if (const auto* reason = std::get_if<std::string>(&planned)) return *reason;
  const auto& plan = std::get<shard_plan>(planned);
  serving.total_shards = plan.total_shards;
  parts_.board.expect_shards(plan.shard_ids);
  parts_.log->info("shards {} to {} of {}; max_concurrency {}, {} of {} identifies left",
                   plan.shard_ids.front(), plan.shard_ids.back(), plan.total_shards,
                   bot.max_concurrency, bot.identifies_remaining, bot.identifies_total);
  parts_.workers.post_to_all(set_gateway_url{serving.gateway_url});
  for (const int shard_id : plan.shard_ids) {
    if (!serving.ids.contains(shard_id)) start(shard_id, std::nullopt);
  }
  return std::nullopt;
}

bool startup::is_incomplete() const {
  return parts_.serving.ids.empty() || parts_.serving.ids.size() < parts_.board.progress().total;
}

void startup::on_ended(gateway::shard_key shard) {
  ending_.erase(shard.shard_id);
  ended_event_.cancel();
}

void startup::stop() {
  stopped_ = true;
  ended_event_.cancel();
}

}  // namespace gatehouse::cluster
