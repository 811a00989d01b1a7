#include <gatehouse/cluster/worker.hpp>

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

/// The part of a worker that is there for heirs on other machines (`cluster.enabled`): they know
/// nothing of what is only on this machine's disk.
namespace gatehouse::cluster {

namespace asio = boost::asio;

bool worker::is_on_disk(int shard_id) const {
  const auto undelivered = dispatcher_->undelivered();
  const auto found = undelivered.find(shard_id);
  return found != undelivered.end() && found->second.safe > 0;
}

/// How far an heir need not go back. As long as something of a shard is undelivered on disk its
/// position stays where it is: Discord repeats what comes behind it.
void worker::tell_positions() {
  const auto undelivered = dispatcher_->undelivered();
  positions_reached reached;
  for (const auto& [key, held] : shards_) {
    if (key.generation != serving_ || ending_.contains(key)) continue;
    const auto position = held->safe_position();
    if (!position) continue;
    auto& told = told_[key];
    if (told.session_id != position->session_id) {
      tell_session(key);
      continue;
    }
    const auto waiting = undelivered.find(key.shard_id);
    if (waiting != undelivered.end() && waiting->second.safe > 0) continue;
    if (position->seq <= told.seq) continue;
    told.seq = position->seq;
    reached.seqs.emplace_back(key.shard_id, position->seq);
  }
  if (!reached.seqs.empty()) services_.to_manager(std::move(reached));
}

/// As long as something of the session before is unsafe an heir resumes that one, loses it again,
/// and tells of the gap: as a start after a kill does.
void worker::tell_session(gateway::shard_key shard) {
  auto position = shards_.at(shard)->safe_position();
  if (!position || told_[shard].session_id == position->session_id) return;
  if (is_on_disk(shard.shard_id)) position->seq = 0;
  told_[shard] = {position->session_id, position->seq};
  services_.to_manager(session_begun{shard, *std::move(position)});
}

/// What of it is undelivered comes from here; what is behind it, to whoever resumes it.
std::optional<storage::stored_session> worker::session_for_heir(
    gateway::shard_key shard, std::optional<storage::stored_session> stored) const {
  auto position = shards_.at(shard)->position_now();
  if (!position) return std::nullopt;
  if (is_on_disk(shard.shard_id)) {
    const auto told = told_.find(shard);
    const bool is_told = told != told_.end() && told->second.session_id == position->session_id;
    position->seq = is_told ? told->second.seq : 0;
  }
  if (!stored) stored = storage::stored_session{shard.shard_id, {}, {}, {}};
  stored->position = *std::move(position);
  return stored;
}

void worker::handle(const drop_shard& message) {
  if (now_in_ != phase::running) return;
  if (!shards_.contains(message.shard)) return services_.to_manager(shard_ended{message.shard});
  if (!ending_.insert(message.shard).second) return;  // the answer to that is on its way
  asio::co_spawn(context_, drop(message.shard), [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
  });
}

asio::awaitable<void> worker::drop(gateway::shard_key shard) {
  shards_.at(shard)->stop(gateway::close_keeping_session);
  co_await wait_until_closed(shard);
  if (now_in_ != phase::running) co_return;
  forget(shard);
  services_.to_manager(shard_ended{shard});
}

void worker::handle(const withdraw_leave& message) {
  const auto found = shards_.find(message.shard);
  if (found != shards_.end()) found->second->withdraw_leave();
}

}  // namespace gatehouse::cluster
