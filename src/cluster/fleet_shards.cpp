#include <gatehouse/cluster/fleet_shards.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>

namespace gatehouse::cluster {
namespace {

fleet::session_record to_record(const storage::session_position& from) {
  return {from.session_id, from.resume_url, from.intents, from.seq, 0};
}

}  // namespace

fleet_shards::fleet_shards(shared_parts parts, callbacks to)
    : parts_(std::move(parts)), to_(std::move(to)) {}

void fleet_shards::remember(std::vector<storage::stored_session> found) {
  for (auto& session : found) {
    const int shard_id = session.shard_id;
    sessions_.insert_or_assign(shard_id, std::move(session));
  }
}

void fleet_shards::expect_shards() {
  const auto& ids = parts_.serving.ids;
  parts_.board.expect_shards({ids.begin(), ids.end()});
}

// ---- of the agent ----

void fleet_shards::take(const fleet::take_shard& wanted) {
  const auto known = shards_.find(wanted.shard_id);
  if (known == shards_.end()) return start(wanted);
  known->second.next = wanted;  // it is being closed
}

void fleet_shards::start(const fleet::take_shard& wanted) {
  auto& held = shards_[wanted.shard_id];
  held = {};
  if (wanted.from) {
    held.session_id = wanted.from->id;
    held.seq = wanted.from->seq;
  }
  parts_.serving.total_shards = wanted.total_shards;
  to_.start(wanted.shard_id, session_for(wanted));
  expect_shards();
}

/// The own record of the same session knows more: its guilds, and the position up to which all is
/// delivered or on this machine's disk. Another member may have come further meanwhile.
std::optional<storage::stored_session> fleet_shards::session_for(const fleet::take_shard& wanted) {
  auto mine = sessions_.extract(wanted.shard_id);
  const bool is_mine_usable = mine && mine.mapped().position.total_shards == wanted.total_shards;
  std::optional<storage::stored_session> from;
  if (is_mine_usable && (!wanted.from || wanted.from->id == mine.mapped().position.session_id)) {
    // Where the fleet knows of none, this one has begun just before the end of an earlier run.
    from = std::move(mine.mapped());
    if (wanted.from) from->position.seq = std::max(from->position.seq, wanted.from->seq);
  } else if (wanted.from) {
    const auto& record = *wanted.from;
    from.emplace();
    from->shard_id = wanted.shard_id;
    from->position = {wanted.total_shards, record.intents, record.id, record.resume_url,
                      record.seq};
  }
  if (from && from->position.intents != parts_.settings->discord.intents) {
    parts_.log->warn(
        "the session of shard {} has other intents than are configured: a new one "
        "begins, and what the old one has missed is lost",
        wanted.shard_id);
    from.reset();
  }
  return from;
}

void fleet_shards::release(int shard_id) {
  const auto known = shards_.find(shard_id);
  if (known == shards_.end()) return to_.released(shard_id, std::nullopt);
  auto& held = known->second;
  if (held.now_in == held_shard::stage::dropping) {
    const auto next = std::exchange(held.next, std::nullopt);
    return to_.released(shard_id, next ? next->from : std::nullopt);
  }
  held.now_in = held_shard::stage::releasing;
  parts_.workers.post_to_shard(shard_id, release_shard{parts_.serving.key_of(shard_id), 0,
                                                       runtime::clock::now() + release_grace});
}

void fleet_shards::drop(int shard_id) {
  const auto known = shards_.find(shard_id);
  if (known == shards_.end()) return;
  known->second.next.reset();
  const auto before = std::exchange(known->second.now_in, held_shard::stage::dropping);
  if (before != held_shard::stage::running) return;  // its worker answers already
  parts_.workers.post_to_shard(shard_id, drop_shard{parts_.serving.key_of(shard_id)});
}

void fleet_shards::give(const fleet::give_leave& given) {
  const auto& leave = given.leave;
  leaves_.insert_or_assign(leave.number, leave);
  parts_.workers.post_to_shard(
      leave.shard_id,
      identify_granted{{parts_.serving.key_of(leave.shard_id), leave.number}, given.valid_until});
}

void fleet_shards::change_contact(fleet::contact now) {
  if (now == fleet::contact::live) return;
  for (const auto& [number, leave] : leaves_) {
    parts_.workers.post_to_shard(leave.shard_id,
                                 withdraw_leave{parts_.serving.key_of(leave.shard_id)});
  }
}

void fleet_shards::end_leave(gateway::identify_grant grant, bool was_sent) {
  const auto known = leaves_.extract(grant.id);
  if (known) to_.leave_over(known.mapped(), was_sent);
}

// ---- of workers ----

void fleet_shards::on_released(shard_released message) {
  const int shard_id = message.shard.shard_id;
  const auto known = shards_.find(shard_id);
  if (!message.is_gone || known == shards_.end()) return;
  const auto held = known->second;
  on_gone(shard_id);
  if (held.now_in != held_shard::stage::releasing) return;
  std::optional<fleet::session_record> session;
  if (message.session) {
    session = to_record(message.session->position);
    // Of one that was taken over, what is delivered here says nothing of what was before.
    if (session->id == held.session_id) session->seq = std::max(session->seq, held.seq);
    sessions_.insert_or_assign(shard_id, *std::move(message.session));
  }
  to_.released(shard_id, std::move(session));
}

void fleet_shards::on_ended(gateway::shard_key shard) {
  const auto known = shards_.find(shard.shard_id);
  if (known != shards_.end() && known->second.now_in == held_shard::stage::dropping) {
    on_gone(shard.shard_id);
  }
}

void fleet_shards::on_gone(int shard_id) {
  const auto held = shards_.extract(shard_id);
  parts_.serving.ids.erase(shard_id);
  expect_shards();
  if (held.mapped().next) start(*held.mapped().next);
}

void fleet_shards::on_session(const session_begun& message) {
  const int shard_id = message.shard.shard_id;
  const auto known = shards_.find(shard_id);
  if (known == shards_.end() || known->second.now_in != held_shard::stage::running) return;
  auto& held = known->second;
  if (held.session_id == message.position.session_id) {
    return on_positions({{{shard_id, message.position.seq}}});  // the one that was taken over
  }
  held.session_id = message.position.session_id;
  held.seq = message.position.seq;
  to_.session(shard_id, to_record(message.position));
}

void fleet_shards::on_positions(const positions_reached& message) {
  std::vector<std::pair<int, std::int64_t>> higher;
  for (const auto& [shard_id, seq] : message.seqs) {
    const auto known = shards_.find(shard_id);
    if (known == shards_.end() || known->second.now_in != held_shard::stage::running) continue;
    if (seq <= known->second.seq) continue;
    known->second.seq = seq;
    higher.emplace_back(shard_id, seq);
  }
  if (!higher.empty()) to_.checkpoint(higher);
}

}  // namespace gatehouse::cluster
