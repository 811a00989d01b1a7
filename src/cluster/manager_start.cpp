#include <gatehouse/cluster/manager.hpp>
#include <gatehouse/delivery/routing.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

/// How the shards come up: first what an earlier run has left, then the rest.
namespace gatehouse::cluster {
namespace {

namespace asio = boost::asio;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

/// For old sessions to be resumed, emptied and closed, before new ones take their place.
constexpr runtime::seconds retire_timeout{20};

}  // namespace

/// Queued events go first: their workers begin before there is any shard.
void manager::start_queues() {
  auto* spool = services_.persistence.spool();
  if (spool == nullptr) return;
  const auto& settings = *services_.settings;
  const delivery::routing routes{settings.handlers, settings.events.routes, &services_.decisions};
  const bool has_same_routes = spool->found_routing() == routes.fingerprint();
  if (!has_same_routes) spool->remember_routing(routes.fingerprint());
  if (spool->found().empty()) return;
  std::uint64_t events = 0;
  for (const auto& queue : spool->found()) {
    auto& left = left_[place(queue.key.shard_id)];
    left.queues.push_back(queue);
    left.has_same_routes = has_same_routes;
    events += queue.events;
  }
  services_.log->info("{} events of an earlier run wait on disk", events);
  // Each takes what is its own out of the map.
  while (!left_.empty()) worker_for(left_.begin()->first);
}

/// Resumes the stored sessions without waiting for the REST API. Those with another number of
/// shards or other intents than are wanted now cannot become what is wanted: they are ended
/// properly.
asio::awaitable<void> manager::start_from_stored() {
  auto* store = services_.persistence.sessions();
  if (store == nullptr) co_return;
  auto stored = store->take_found();
  identifies_.restore(stored.identifies);
  const auto& settings = services_.settings->gateway;
  const bool holds_reshard = stored.reshard && stored.reshard->configured == settings.total_shards;
  if (holds_reshard) total_shards_ = stored.reshard->total_shards;
  if (stored.sessions.empty()) co_return;

  gateway_url_ = gateway_url_or(stored.gateway ? stored.gateway->url : std::string{});
  const std::string url = gateway_url_;
  // Where nobody asks for another number, the one of the stored sessions goes on. A library that
  // has the say has said it when they began.
  const int configured = services_.decisions.decides_total_shards() ? 0 : settings.total_shards;
  const int wanted = holds_reshard ? total_shards_ : configured;
  const int total = wanted > 0 ? wanted : stored.sessions.front().position.total_shards;
  const auto outdated = std::stable_partition(
      stored.sessions.begin(), stored.sessions.end(), [&](const auto& session) {
        return session.position.total_shards == total &&
               session.position.intents == services_.settings->discord.intents;
      });
  std::vector<storage::stored_session> unwanted(std::make_move_iterator(outdated),
                                                std::make_move_iterator(stored.sessions.end()));
  stored.sessions.erase(outdated, stored.sessions.end());
  if (!unwanted.empty()) co_await retire(std::move(unwanted), url);
  if (stored.sessions.empty() || stopping_) co_return;

  auto with_total = settings;
  with_total.total_shards = total;
  const int max_concurrency = stored.gateway ? stored.gateway->max_concurrency : 1;
  const auto planned = plan_shards(with_total, total, max_concurrency);
  // What cannot be planned is said once `/gateway/bot` has answered.
  if (const auto* plan = std::get_if<shard_plan>(&planned)) {
    resume(*plan, std::move(stored.sessions), url);
  }
}

void manager::resume(const shard_plan& plan, std::vector<storage::stored_session> sessions,
                     const std::string& gateway_url) {
  const auto is_ours = [&](int shard_id) {
    return std::binary_search(plan.shard_ids.begin(), plan.shard_ids.end(), shard_id);
  };
  std::vector<storage::session_change> foreign;
  std::erase_if(sessions, [&](const auto& session) {
    if (is_ours(session.shard_id)) return false;
    foreign.push_back({session.shard_id, std::nullopt, {}});
    return true;
  });
  if (!foreign.empty()) {
    services_.log->info("{} stored sessions are of shards that this process does not hold any more",
                        foreign.size());
    services_.persistence.sessions()->save(std::move(foreign), [](bool) {});
  }
  if (sessions.empty()) return;
  total_shards_ = plan.total_shards;
  services_.board.expect_shards(plan.shard_ids);
  services_.log->info("resuming {} of {} shards", sessions.size(), plan.shard_ids.size());
  for (auto& session : sessions) {
    const int shard_id = session.shard_id;
    start_shard(shard_id, std::move(session), gateway_url);
  }
}

asio::awaitable<void> manager::retire(std::vector<storage::stored_session> sessions,
                                      const std::string& gateway_url) {
  services_.log->info("the number of shards or the intents have changed: ending {} sessions",
                      sessions.size());
  services_.board.set_phase("ending the sessions of an earlier configuration");
  for (auto& session : sessions) {
    const int shard_id = session.shard_id;
    retiring_.insert(shard_id);
    worker_for(place(shard_id)).post(retire_shard{gateway_url, std::move(session)});
  }
  retired_event_.expires_after(retire_timeout);
  while (!retiring_.empty() && !stopping_) {
    const auto [error] = co_await retired_event_.async_wait(use_tuple);
    if (error) continue;  // one is gone, or all are to stop
    services_.log->warn("{} old sessions could not be resumed in time to be ended",
                        retiring_.size());
    for (auto& [id, held] : workers_) held->post(end_retirement{});
    retired_event_.expires_after(retire_timeout);
  }
}

const std::string& manager::gateway_url_or(const std::string& fetched) const {
  const auto& chosen = services_.settings->discord.gateway_url;
  return chosen.empty() ? fetched : chosen;
}

void manager::start_shard(int shard_id, std::optional<storage::stored_session> from,
                          const std::string& gateway_url) {
  const int worker_id = place(shard_id);
  worker_of_shard_[shard_id] = worker_id;
  worker_for(worker_id).post(
      identify_shard{{shard_id, serving_}, total_shards_, gateway_url, std::move(from)});
}

int manager::count_shards(int configured, const rest::gateway_bot& bot) const {
  return services_.decisions.total_shards({configured, bot.shards, bot.max_concurrency});
}

void manager::learn(const gateway_answer& told) {
  const auto& bot = told.bot;
  identifies_.learn(told);
  gateway_url_ = gateway_url_or(bot.url);
  if (auto* store = services_.persistence.sessions()) {
    store->save_gateway({bot.url, bot.shards, bot.max_concurrency});
  }
}

/// All shards that were not resumed.
bool manager::start_shards(const gateway_answer& told) {
  const auto& bot = told.bot;
  const auto& settings = services_.settings->gateway;
  learn(told);
  auto wanted = settings;
  wanted.total_shards =
      total_shards_ > 0 ? total_shards_ : count_shards(settings.total_shards, bot);
  auto planned = plan_shards(wanted, bot.shards, bot.max_concurrency);
  if (const auto* reason = std::get_if<std::string>(&planned)) {
    services_.log->critical("{}", *reason);
    end(run_result::failed);
    return false;
  }
  const auto& plan = std::get<shard_plan>(planned);
  total_shards_ = plan.total_shards;
  services_.board.expect_shards(plan.shard_ids);
  services_.log->info("shards {} to {} of {}; max_concurrency {}, {} of {} identifies left",
                      plan.shard_ids.front(), plan.shard_ids.back(), plan.total_shards,
                      bot.max_concurrency, bot.identifies_remaining, bot.identifies_total);

  for (auto& [id, held] : workers_) held->post(set_gateway_url{gateway_url_});
  for (const int shard_id : plan.shard_ids) {
    if (!worker_of_shard_.contains(shard_id)) start_shard(shard_id, std::nullopt, gateway_url_);
  }
  return true;
}

}  // namespace gatehouse::cluster
