#include <gatehouse/cluster/worker.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <utility>

/// The part of a worker that concerns its sessions beyond its own life.
namespace gatehouse::cluster {

namespace asio = boost::asio;

namespace {

/// Until what comes is delivered or on disk, if there is a disk that works.
runtime::duration time_to_be_safe(const config::settings& chosen) {
  return chosen.queue.spool_after + runtime::seconds{1};
}
/// For what nothing tells of.
constexpr runtime::milliseconds look_again{10};

}  // namespace

void worker::plan_checkpoint() {
  const bool is_needed = services_.sessions != nullptr || is_in_fleet();
  if (!is_needed || now_in_ != phase::running) return;
  checkpoint_timer_.expires_after(services_.settings->state.checkpoint);
  checkpoint_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    if (services_.sessions != nullptr) checkpoint();
    if (is_in_fleet()) tell_positions();
    plan_checkpoint();
  });
}

/// What has changed since the last one. While the disk is busy with that, it can wait.
void worker::checkpoint() {
  if (is_draining_ || (saves_ > 0 && now_in_ == phase::running)) return;
  std::vector<storage::session_change> changes;
  for (const auto& [key, held] : shards_) {
    if (key.generation != serving_) continue;
    if (auto change = held->take_checkpoint()) changes.push_back(std::move(*change));
  }
  save(std::move(changes));
}

void worker::save(std::vector<storage::session_change> changes) {
  auto* store = services_.sessions;
  if (store == nullptr || changes.empty()) return;
  ++saves_;
  // One copy for the disk, one to know afterwards what it was about.
  auto kept = std::make_shared<const std::vector<storage::session_change>>(changes);
  store->save(std::move(changes), [this, kept](bool is_saved) {
    asio::post(context_, [this, kept, is_saved] { on_saved(*kept, is_saved); });
  });
}

/// What a handler has seen of a session has to be known to a start after a kill, or nobody would
/// tell of what is missing behind it. So READY and all that follows wait for the disk, which takes
/// milliseconds, but no longer than for the gap of the session before to get there.
void worker::hold_until_stored(gateway::shard_key shard) {
  if (services_.sessions == nullptr) return;
  const auto [entry, is_new] = unstored_.try_emplace(shard);
  auto& session = entry->second;
  session.began = runtime::clock::now();
  if (!is_new) return;
  session.held = dispatcher_->queues_of(shard.shard_id);
  for (const auto& queue : session.held) dispatcher_->hold_back(queue);
}

void worker::let_go_of_stored(gateway::shard_key shard) {
  const auto stored = unstored_.extract(shard);
  if (!stored) return;
  for (const auto& queue : stored.mapped().held) dispatcher_->let_go(queue);
}

void worker::let_go_of_late() {
  const auto began_by = runtime::clock::now() - time_to_be_safe(*services_.settings);
  for (auto each = unstored_.begin(); each != unstored_.end();) {
    const auto current = each++;
    if (current->second.began < began_by) let_go_of_stored(current->first);
  }
}

void worker::on_saved(const std::vector<storage::session_change>& changes, bool is_saved) {
  --saves_;
  for (const auto& change : changes) {
    const auto found = shards_.find({change.shard_id, serving_});
    if (found == shards_.end()) continue;
    // A save that began before the session did is of another one.
    const bool is_current = found->second->on_checkpoint(change, is_saved);
    if (is_current || !is_saved) let_go_of_stored(found->first);
  }
  const auto replacements = services_.sessions->replacements();
  if (std::exchange(known_replacements_, replacements) != replacements) {
    for (const auto& [id, held] : shards_) held->forget_checkpoint();
  }
  if (now_in_ == phase::saving) check_stopped();
}

void worker::handle(end_session message) {
  const gateway::shard_key key{message.from.shard_id, serving_};
  if (now_in_ != phase::running || shards_.contains(key)) return;
  emptying_.insert(key);
  auto config =
      make_session_config(key.shard_id, message.from.position.total_shards, message.gateway_url);
  add_shard(key, std::move(config), std::move(message.from));
}

void worker::handle(end_sessions_now) {
  const auto late = emptying_;
  for (const auto& shard : late) end_emptied(shard);
}

/// Ends a session that is not wanted any more, and forgets its shard once that may be destroyed.
void worker::end_emptied(gateway::shard_key shard) {
  if (emptying_.erase(shard) == 0) return;
  shards_.at(shard)->stop(gateway::close_ending_session);
  // Its shard cannot go here, for this is called from within it.
  asio::co_spawn(context_, remove_when_closed(shard), [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
  });
}

asio::awaitable<void> worker::wait_until_closed(gateway::shard_key shard) {
  asio::steady_timer timer{context_};
  bool is_closed = false;
  while (!is_closed) {
    timer.expires_after(look_again);
    co_await timer.async_wait(asio::use_awaitable);
    is_closed = !shards_.at(shard)->has_connections();
  }
}

void worker::forget(gateway::shard_key shard) {
  let_go_of_stored(shard);
  ended_.add(shards_.at(shard)->status());
  shards_.erase(shard);
  ending_.erase(shard);
  told_.erase(shard);
  grants_.erase(shard);
}

/// What is stored of it goes last: until all it has received, its gap included, is delivered or on
/// disk, a start after a kill would have to lose this session once more to tell of it. Where that
/// takes long, because there is no disk, the shard that comes does not wait for it.
asio::awaitable<void> worker::remove_when_closed(gateway::shard_key shard) {
  const auto deadline = runtime::clock::now() + time_to_be_safe(*services_.settings);
  const bool is_stored = shard.generation == serving_;
  co_await wait_until_closed(shard);
  asio::steady_timer timer{context_};
  bool is_unsafe = is_stored && shards_.at(shard)->has_unsafe_past();
  while (is_unsafe && runtime::clock::now() < deadline) {
    timer.expires_after(look_again);
    co_await timer.async_wait(asio::use_awaitable);
    is_unsafe = shards_.at(shard)->has_unsafe_past();
  }
  if (is_stored) save({{shard.shard_id, std::nullopt, {}}});
  forget(shard);
  services_.to_manager(shard_ended{shard});
}

void worker::handle(const release_shard& message) {
  const bool is_possible = now_in_ == phase::running && !switch_ &&
                           shards_.contains(message.shard) && ending_.insert(message.shard).second;
  if (!is_possible) {
    const bool is_gone = !shards_.contains(message.shard);
    return services_.to_manager(
        shard_released{message.nonce, message.shard, std::nullopt, is_gone});
  }
  asio::co_spawn(context_, release(message), [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
  });
}

/// Whatever is neither delivered nor on disk by the deadline lies behind the position that is
/// handed over: Discord repeats it to whoever resumes.
asio::awaitable<void> worker::release(release_shard asked) {
  const auto shard = asked.shard;
  shards_.at(shard)->stop(gateway::close_keeping_session);
  asio::steady_timer timer{context_};
  const auto is_worth_waiting = [&] {
    return now_in_ == phase::running && runtime::clock::now() < asked.deadline &&
           (saves_ > 0 || dispatcher_->undelivered().contains(shard.shard_id));
  };
  while (is_worth_waiting()) {
    timer.expires_after(look_again);
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_await wait_until_closed(shard);
  if (now_in_ != phase::running) co_return;  // the stop stores it
  auto session = take_session(shard);
  if (is_in_fleet()) session = session_for_heir(shard, std::move(session));
  while (is_worth_waiting() && saves_ > 0) {
    timer.expires_after(look_again);
    co_await timer.async_wait(asio::use_awaitable);
  }
  if (now_in_ != phase::running) co_return;
  forget(shard);
  services_.to_manager(shard_released{asked.nonce, shard, std::move(session)});
}

/// Also stores it.
std::optional<storage::stored_session> worker::take_session(gateway::shard_key shard) {
  auto& leaving = *shards_.at(shard);
  leaving.forget_checkpoint();
  auto change = leaving.take_checkpoint();
  if (!change || !change->position) return std::nullopt;
  storage::stored_session session{shard.shard_id, *change->position, {}, {}};
  for (const auto& guild : change->guilds.guilds) {
    const bool is_loading = guild.presence == storage::guild_presence::loading;
    (is_loading ? session.loading_guild_ids : session.guild_ids).push_back(guild.guild_id);
  }
  std::vector<storage::session_change> changes;
  changes.push_back(std::move(*change));
  save(std::move(changes));
  return session;
}

}  // namespace gatehouse::cluster
