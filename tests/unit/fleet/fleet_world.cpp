#include "fleet_world.hpp"

#include <algorithm>

namespace gatehouse::fleet {
namespace {

using result = key_answer::result;

constexpr runtime::milliseconds tick_interval{200};
constexpr runtime::seconds engine_timeout{2};
constexpr runtime::seconds longest_lag{10};

}  // namespace

fleet_world::fleet_world(unsigned seed, bool stops_when_isolated)
    : random_(seed), stops_when_isolated_(stops_when_isolated) {
  now_ += std::chrono::hours{1};
  for (int i = 0; i < members; ++i) start(i);
}

void fleet_world::must(bool holds, const std::string& what) {
  if (!holds) {
    log("BROKEN: " + what);
    broken_.push_back(what);
  }
}

void fleet_world::log(std::string line) {
  constexpr std::size_t most = 120;
  const auto time = std::chrono::duration_cast<runtime::milliseconds>(now_.time_since_epoch());
  diary_.push_back(std::to_string(time.count() - 3'600'000) + "ms " + std::move(line));
  if (diary_.size() > most) diary_.pop_front();
}

std::string fleet_world::diary() const {
  std::string out;
  for (const auto& line : diary_) out += line + '\n';
  return out;
}

// ---- time ----

void fleet_world::later(runtime::duration after, std::function<void()> act) {
  queue_.push({now_ + after, ++events_, std::move(act)});
}

void fleet_world::run_for(runtime::duration time) {
  const auto end = now_ + time;
  while (!queue_.empty() && queue_.top().at <= end) {
    const auto next = queue_.top();
    queue_.pop();
    now_ = next.at;
    next.act();
  }
  now_ = end;
}

void fleet_world::deliver(int to, runtime::duration after, std::function<void()> act) {
  const int life = at(to).life;
  later(after, [this, to, life, act = std::move(act)] {
    auto& host = at(to);
    if (host.life != life || !host.machine) return;
    if (host.is_frozen) {
      host.inbox.push_back(act);
    } else {
      act();
    }
  });
}

void fleet_world::tick(int index, int life) {
  auto& host = at(index);
  if (host.life != life || !host.machine) return;
  if (!host.is_frozen) {
    host.machine->tick(now_);
    perform(index);
  }
  later(tick_interval, [this, index, life] { tick(index, life); });
}

void fleet_world::perform(int index) {
  auto& host = at(index);
  const int life = host.life;
  while (host.machine && host.life == life) {
    const auto todo = host.machine->take_actions();
    if (todo.empty()) return;
    for (const auto& each : todo) {
      if (host.life != life) return;
      std::visit([&](const auto& content) { act(index, content); }, each);
    }
  }
}

// ---- faults ----

void fleet_world::start(int index) {
  auto& host = at(index);
  if (host.machine) return;
  ++host.life;
  host.is_frozen = host.is_draining = false;
  member_settings settings;
  settings.member = name(index);
  settings.process = name(index) + "/" + std::to_string(host.life);
  settings.expected_members = members;
  settings.move_batch = 2;
  if (stops_when_isolated_) settings.stop_after = runtime::seconds{25};
  host.machine = std::make_unique<member>(settings, now_);
  log("start " + settings.process);
  const int life = host.life;
  later(ms(0, 200), [this, index, life] { tick(index, life); });
}

void fleet_world::kill(int index) {
  auto& host = at(index);
  if (!host.machine) return;
  log("kill " + name(index));
  ++host.life;
  host.machine.reset();
  host.connections.clear();
  host.inbox.clear();
  host.is_frozen = false;
}

void fleet_world::freeze(int index) {
  log("freeze " + name(index));
  at(index).is_frozen = at(index).machine != nullptr;
}

void fleet_world::wake(int index) {
  auto& host = at(index);
  if (!host.is_frozen) return;
  log("wake " + name(index));
  host.is_frozen = false;
  const int life = host.life;
  for (const auto& act : std::exchange(host.inbox, {})) {
    if (host.life == life && host.machine) act();
  }
}

void fleet_world::cut(int index, bool from_engine, bool outgoing, bool incoming) {
  log("cut " + name(index) + (from_engine ? " engine" : "") + (outgoing ? " out" : "") +
      (incoming ? " in" : ""));
  auto& host = at(index);
  host.is_cut_from_engine = from_engine;
  host.loses_outgoing = outgoing;
  host.loses_incoming = incoming;
}

void fleet_world::stall(runtime::duration time) {
  log("stall");
  stalled_until_ = now_ + time;
}

void fleet_world::drain(int index) {
  auto& host = at(index);
  if (!host.machine || host.is_frozen) return;
  log("drain " + name(index));
  host.is_draining = true;
  host.machine->drain(now_);
}

void fleet_world::lose_session(int shard_id) {
  log("lose session of " + std::to_string(shard_id));
  sessions_[static_cast<std::size_t>(shard_id)].clear();
  close_connection(shard_id);
}

void fleet_world::close_connection(int shard_id) {
  for (int i = 0; i < members; ++i) {
    const auto held = at(i).connections.find(shard_id);
    if (held == at(i).connections.end() || !held->second.is_connected) continue;
    held->second.is_connected = false;
    deliver(i, ms(10, 3'000), [this, i, shard_id] { connect(i, shard_id); });
  }
}

void fleet_world::break_something() {
  is_faulty_ = true;
  const int who = random(0, members - 1);
  switch (random(0, 9)) {
    case 0:
      kill(who);
      return later(ms(500, 30'000), [this, who] { start(who); });
    case 1:
      freeze(who);
      return later(ms(500, 70'000), [this, who] { wake(who); });
    case 2:
      cut(who, true, true, true);
      return later(ms(500, 70'000), [this, who] { cut(who, false, false, false); });
    case 3:
      cut(who, chance(50), chance(50), chance(50));
      return later(ms(500, 40'000), [this, who] { cut(who, false, false, false); });
    case 4:
      return stall(ms(500, 20'000));
    case 5:
    case 6:
      return lose_session(random(0, shards - 1));
    case 7:
      for (int id = 0; id < shards; ++id) {
        if (chance(70)) lose_session(id);
      }
      return;
    case 8:
      return close_connection(random(0, shards - 1));
    default:
      drain(who);
      return later(ms(500, 10'000), [this, who] {
        if (!at(who).is_draining) return;
        kill(who);
        start(who);
      });
  }
}

void fleet_world::heal() {
  is_faulty_ = false;
  stalled_until_ = now_;
  for (int i = 0; i < members; ++i) {
    wake(i);
    cut(i, false, false, false);
    if (at(i).is_draining) kill(i);
    start(i);
  }
}

// ---- the engine ----

void fleet_world::answer(int index, const std::string& key, runtime::duration after,
                         key_answer answer) {
  deliver(index, after, [this, index, key, answer = std::move(answer)] {
    at(index).machine->on_answer(key, answer, now_);
    perform(index);
  });
}

key_answer fleet_world::read_now(const std::string& key) {
  const auto found = truth_.find(key);
  if (found == truth_.end()) return {result::missing, 0, {}, {}};
  entry told = found->second;
  // A leader that was deposed and does not know it yet.
  if (is_faulty_ && chance(3)) {
    for (const auto& [at, older] : past_[key]) {
      if (at + longest_lag >= now_) {
        told = older;
        break;
      }
    }
  }
  return {result::found, told.revision, told.value, {}};
}

void fleet_world::act(int index, const read_key& wanted) {
  const bool is_lost = at(index).is_cut_from_engine || now_ < stalled_until_;
  if (is_lost || (is_faulty_ && chance(2))) {
    return answer(index, wanted.key, engine_timeout, {});
  }
  later(ms(1, 10), [this, index, key = wanted.key] {
    if (at(index).machine) answer(index, key, ms(1, 20), read_now(key));
  });
}

key_answer fleet_world::write_now(const write_key& wanted) {
  const auto found = truth_.find(wanted.key);
  const auto revision = found == truth_.end() ? 0 : found->second.revision;
  if (revision != wanted.expected_revision) return {result::refused, 0, {}, {}};
  check_write(wanted);
  if (found != truth_.end()) past_[wanted.key].emplace_back(now_, found->second);
  truth_.insert_or_assign(wanted.key, entry{wanted.value, ++revision_});
  return {result::stored, revision_, {}, {}};
}

void fleet_world::act(int index, const write_key& wanted) {
  const auto* own = std::get_if<own_record>(&wanted.value);
  if (own != nullptr && own->state == own_state::owned) {
    const auto before = truth_.find(wanted.key);
    const bool is_claim =
        before == truth_.end() || std::get<own_record>(before->second.value).epoch < own->epoch;
    must(!is_claim || at(index).machine->contact_now() == contact::live, "isolated, and claims");
  }
  const bool is_stalled = now_ < stalled_until_;
  const bool is_lost = at(index).is_cut_from_engine;
  if (!is_lost && !is_stalled && !(is_faulty_ && chance(3))) {
    return later(ms(1, 10), [this, index, wanted] {
      auto told = write_now(wanted);
      if (at(index).machine) answer(index, wanted.key, ms(1, 20), std::move(told));
    });
  }
  // Nobody hears of it, and it may be done all the same, even much later.
  if (!is_lost && chance(50)) {
    const auto rest = is_stalled ? stalled_until_ - now_ : runtime::duration{};
    later(rest + ms(1, 4'000), [this, wanted] { static_cast<void>(write_now(wanted)); });
  }
  answer(index, wanted.key, engine_timeout, {});
}

void fleet_world::check_write(const write_key& wanted) {
  const auto before = truth_.find(wanted.key);
  const auto* older = before == truth_.end() ? nullptr : &before->second.value;
  if (const auto* own = std::get_if<own_record>(&wanted.value)) check_own(wanted, *own);
  if (const auto* gate = std::get_if<gate_record>(&wanted.value)) {
    must(older == nullptr || std::get<gate_record>(*older).term <= gate->term,
         "a deposed coordinator writes the gate");
    check_gate(*gate);
  }
  if (const auto* plan = std::get_if<plan_record>(&wanted.value)) {
    must(older == nullptr || std::get<plan_record>(*older).term <= plan->term,
         "a deposed coordinator writes the plan");
  }
  if (const auto* office = std::get_if<coordinator_record>(&wanted.value)) {
    must(older == nullptr || std::get<coordinator_record>(*older).term < office->term,
         "a term is not above the last one");
  }
}

void fleet_world::check_own(const write_key& wanted, const own_record& value) {
  const auto before = truth_.find(wanted.key);
  if (before == truth_.end()) return;
  const auto& older = std::get<own_record>(before->second.value);
  must(value.epoch >= older.epoch, "an epoch falls");
  must(value.epoch > older.epoch || value.owner == older.owner, "one epoch has two owners");
  if (value.epoch == older.epoch) return;
  ++claims_;
  const auto plan = truth_.find(std::string{plan_key});
  const bool is_free = older.state == own_state::released ||
                       older.owner.member == value.owner.member ||
                       std::get<plan_record>(plan->second.value).is_dead(older.owner);
  must(is_free, "claimed from an owner that is neither dead nor has released it");
}

/// Leave is right if its asker is the owner at this moment.
void fleet_world::check_gate(const gate_record& value) {
  must(value.granted >= granted_, "grants are forgotten");
  if (value.granted == granted_) return;
  granted_ = value.granted;
  const auto& plan = std::get<plan_record>(truth_.at(std::string{plan_key}).value);
  for (const auto& leave : value.last) {
    const auto own = truth_.find(own_key(shards, leave.shard_id));
    bool is_right = false;
    if (own != truth_.end()) {
      const auto& is = std::get<own_record>(own->second.value);
      is_right = is.owner == leave.asker && is.epoch == leave.epoch && !plan.is_dead(leave.asker);
    }
    grants_[{leave.asker, leave.number}] = {leave, is_right};
  }
}

// ---- messages ----

void fleet_world::act(int index, const send_message& wanted) {
  if (at(index).loses_outgoing) return;
  for (int to = 0; to < members; ++to) {
    if (wanted.to == audience::one && wanted.member != name(to)) continue;
    if (at(to).loses_incoming || !at(to).machine) continue;
    if (wanted.to == audience::coordinator && !at(to).machine->is_coordinator()) continue;
    if (is_faulty_ && chance(3)) continue;
    const int copies = is_faulty_ && chance(3) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      const auto delay = is_faulty_ && chance(3) ? ms(1, 12'000) : ms(1, 20);
      deliver(to, delay, [this, to, content = wanted.content] {
        at(to).machine->on_message(content, now_);
        perform(to);
      });
    }
  }
}

// ---- the process ----

void fleet_world::act(int index, const ask_limit& /*wanted*/) {
  const auto asked_at = now_;
  deliver(index, ms(50, 300), [this, index, asked_at] {
    limit_answer told{shards,          1'000,   1'000 - identifies_, std::chrono::hours{5},
                      max_concurrency, asked_at};
    if (is_faulty_ && chance(20)) told.total_shards = 0;
    at(index).machine->on_limit(told, now_);
    perform(index);
  });
}

void fleet_world::act(int index, const say& wanted) {
  log(name(index) + " says " + wanted.text);
}

void fleet_world::act(int index, const end_process& wanted) {
  log(name(index) + " ends: " + wanted.why);
  kill(index);
  later(runtime::seconds{2}, [this, index] { start(index); });
}

}  // namespace gatehouse::fleet
