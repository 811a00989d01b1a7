#include "fleet_world.hpp"

/// What Discord and the shards of each process do.
namespace gatehouse::fleet {
namespace {

constexpr runtime::seconds spacing{5};

}  // namespace

void fleet_world::act(int index, const take_shard& wanted) {
  auto& held = at(index).connections[wanted.shard_id];
  held = {wanted.epoch, wanted.from ? wanted.from->id : "", false, {}};
  const int id = wanted.shard_id;
  deliver(index, ms(20, 500), [this, index, id] { connect(index, id); });
}

void fleet_world::connect(int index, int shard_id) {
  const auto known = at(index).connections.find(shard_id);
  if (known == at(index).connections.end() || known->second.is_connected) return;
  auto& held = known->second;
  const auto& live = sessions_[static_cast<std::size_t>(shard_id)];
  if (held.session.empty() || held.session != live) {
    held.session.clear();
    at(index).machine->want_identify(shard_id, now_);
    return perform(index);
  }
  ++resumes_;
  // Discord has one connection of a session; whoever loses it tries again after a while.
  for (int i = 0; i < members; ++i) {
    const auto other = at(i).connections.find(shard_id);
    if (i == index || other == at(i).connections.end() || !other->second.is_connected) continue;
    if (other->second.session != live) continue;
    other->second.is_connected = false;
    deliver(i, runtime::seconds{3}, [this, i, shard_id] { connect(i, shard_id); });
  }
  held.is_connected = true;
}

void fleet_world::act(int index, const release_shard& wanted) {
  const int id = wanted.shard_id;
  log(name(index) + " releases " + std::to_string(id));
  at(index).connections[id].is_connected = false;
  deliver(index, ms(10, 600), [this, index, id] {
    const auto held = at(index).connections.find(id);
    if (held == at(index).connections.end()) return;
    std::optional<session_record> session;
    if (!held->second.session.empty()) session = session_record{held->second.session, "", 0, 1};
    at(index).connections.erase(held);
    at(index).machine->on_released(id, session, now_);
    perform(index);
  });
}

void fleet_world::act(int index, const drop_shard& wanted) {
  log(name(index) + " drops " + std::to_string(wanted.shard_id));
  at(index).connections.erase(wanted.shard_id);
}

void fleet_world::act(int index, const give_leave& wanted) {
  const int id = wanted.leave.shard_id;
  const auto held = at(index).connections.find(id);
  if (held == at(index).connections.end()) return;
  held->second.leave = wanted;
  deliver(index, ms(0, 300), [this, index, id, wanted] { identify(index, id, wanted); });
}

void fleet_world::act(int index, const contact_changed& wanted) {
  log(name(index) + " contact " + std::to_string(static_cast<int>(wanted.now)));
  if (wanted.now == contact::live) return;
  for (auto& [id, held] : at(index).connections) {
    if (!held.leave) continue;
    at(index).machine->on_leave_over(held.leave->leave, false, now_);
    held.leave.reset();
    deliver(index, ms(10, 500), [this, index, id = id] { connect(index, id); });
  }
}

void fleet_world::identify(int index, int shard_id, const give_leave& with) {
  const auto known = at(index).connections.find(shard_id);
  if (known == at(index).connections.end()) return;
  auto& held = known->second;
  if (!held.leave || held.leave->leave != with.leave) return;
  held.leave.reset();
  const bool is_used = now_ < with.valid_until && !held.is_connected;
  if (is_used) check_identify(index, shard_id, with.leave);
  at(index).machine->on_leave_over(with.leave, is_used, now_);
  if (is_used) {
    const auto session = "s" + std::to_string(++identifies_);
    sessions_[static_cast<std::size_t>(shard_id)] = held.session = session;
    held.is_connected = true;
    deliver(index, ms(20, 500), [this, index, shard_id, session] {
      const auto still = at(index).connections.find(shard_id);
      if (still == at(index).connections.end() || still->second.session != session) return;
      at(index).machine->on_session(shard_id, {session, "wss://resume", 1, 0}, now_);
      perform(index);
    });
  } else {
    deliver(index, ms(10, 500), [this, index, shard_id] { connect(index, shard_id); });
  }
  perform(index);
}

void fleet_world::check_identify(int index, int shard_id, const granted_leave& leave) {
  const auto text = "shard " + std::to_string(shard_id) + " by " + name(index);
  log("identify " + text + " epoch " + std::to_string(leave.epoch));
  const auto granted = grants_.extract({leave.asker, leave.number});
  must(!granted.empty(), "identified without leave: " + text);
  if (!granted.empty()) {
    must(granted.mapped().first == leave, "identified with other leave: " + text);
    must(granted.mapped().second, "leave for one that was not the owner: " + text);
  }
  must(at(index).machine->contact_now() == contact::live, "isolated, and identifies: " + text);
  auto& newest = identified_epoch_[static_cast<std::size_t>(shard_id)];
  must(leave.epoch >= newest, "identified in an earlier epoch: " + text);
  newest = leave.epoch;
  auto& last = identified_at_[static_cast<std::size_t>(shard_id % max_concurrency)];
  must(!last || now_ - *last >= spacing, "identified within the spacing: " + text);
  last = now_;
  for (int i = 0; i < members; ++i) {
    const auto other = at(i).connections.find(shard_id);
    if (i == index || other == at(i).connections.end() || !other->second.is_connected) continue;
    // Frozen, it forwards nothing; with "serve" a member without contact goes on as it was.
    const bool is_known =
        at(i).is_frozen || (!stops_when_isolated_ && at(i).machine->contact_now() != contact::live);
    must(is_known, "a new session beside a live one: " + text + " beside " + name(i));
  }
}

std::size_t fleet_world::count_held(int index) const {
  return at(index).connections.size();
}

std::string fleet_world::unsettled() const {
  for (int id = 0; id < shards; ++id) {
    const auto text = "shard " + std::to_string(id);
    int holders = 0;
    int holder = -1;
    for (int i = 0; i < members; ++i) {
      if (!at(i).connections.contains(id)) continue;
      ++holders;
      holder = i;
    }
    if (holders != 1) return text + " has " + std::to_string(holders) + " holders";
    const auto& held = at(holder).connections.at(id);
    if (!held.is_connected) return text + " is not connected by " + name(holder);
    const auto own = truth_.find(own_key(shards, id));
    if (own == truth_.end()) return text + " has no record";
    const auto& is = std::get<own_record>(own->second.value);
    if (is.owner != at(holder).machine->self()) return text + " is not " + name(holder) + "'s";
    if (is.state != own_state::owned || is.epoch != held.epoch) return text + " is another epoch's";
    if (!is.session || is.session->id != held.session) return text + " has an unsaved session";
  }
  return {};
}

}  // namespace gatehouse::fleet
