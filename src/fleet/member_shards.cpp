#include <gatehouse/fleet/member.hpp>

#include <algorithm>

/// The shards that the plan gives to this member, and those that it has to give back.
namespace gatehouse::fleet {
namespace {

using result = key_answer::result;
using stage = hold::stage;

/// Before a record is read again that is another's.
constexpr runtime::seconds await_interval{1};
constexpr runtime::milliseconds retry{200};
/// Before a record that makes no sense is looked at again.
constexpr runtime::seconds bad_record_interval{10};

}  // namespace

bool member::is_planned_here(int shard_id) const {
  return plan_.gives(shard_id, self_.member) && !plan_.is_dead(self_);
}

bool member::is_settled() const {
  for (int id = 0; id < plan_.total_shards(); ++id) {
    const auto known = holds_.find(id);
    const bool is_held = known != holds_.end() && known->second.now_in == stage::held;
    if (is_held != plan_.gives(id, self_.member)) return false;
  }
  return std::all_of(holds_.begin(), holds_.end(), [](const auto& each) {
    return each.second.now_in == stage::held || each.second.now_in == stage::idle;
  });
}

bool member::holds_nothing() const {
  return std::all_of(holds_.begin(), holds_.end(),
                     [](const auto& each) { return each.second.now_in == stage::idle; });
}

void member::reconcile(runtime::time_point now) {
  if (phase_ != phase::joined) return;
  for (int id = 0; id < plan_.total_shards(); ++id) {
    if (is_planned_here(id)) holds_.try_emplace(id);
  }
  for (auto& [id, each] : holds_) step(id, each, now);
  std::erase_if(used_, [&](const auto& each) { return each.second + 6 * leave_validity < now; });
}

/// The next thing to do for one shard, if its record is not being asked for.
void member::step(int shard_id, hold& of, runtime::time_point now) {
  // Called very often, and mostly there is nothing to do.
  const auto key = [&] { return own_key(plan_.total_shards(), shard_id); };
  const bool is_wanted = is_planned_here(shard_id);
  const bool is_live = contact_ == contact::live;
  switch (of.now_in) {
    case stage::idle:
      if (is_live && (is_wanted || of.is_awaited) && now >= of.not_before && !is_busy(key())) {
        of.now_in = stage::reading;
        read(key(), now);
      }
      break;
    case stage::reading_position: {
      const auto position = position_key(of.record.owner.member, shard_id);
      if (!is_busy(position)) read(position, now);
      break;
    }
    case stage::held:
      if (!is_wanted && is_live) {
        of.now_in = stage::releasing;
        of.wants_identify = false;
        out_.emplace_back(release_shard{shard_id});
      } else if (of.is_unsaved && !is_busy(key())) {
        write(key(), of.record, of.revision, now);
      } else {
        ask_for_leave(shard_id, of, now);
      }
      break;
    case stage::returning:
      if (!is_busy(key())) write(key(), of.record, of.revision, now);
      break;
    case stage::reading:
    case stage::claiming:
    case stage::releasing:
      break;
  }
}

void member::on_own(int shard_id, const key_answer& answer, const operation& done,
                    runtime::time_point now) {
  const auto known = holds_.find(shard_id);
  if (known == holds_.end()) return;
  auto& of = known->second;
  switch (of.now_in) {
    case stage::reading:
      if (!done.is_write) return on_record_read(shard_id, of, answer, now);
      break;
    case stage::claiming:
      if (answer.what == result::stored) {
        of.revision = answer.revision;
        tell_news(own_key(plan_.total_shards(), shard_id), answer.revision);
        if (std::exchange(of.is_takeover, false)) ++takeovers_;
        return begin_to_hold(shard_id, of, now);
      }
      of.now_in = stage::idle;  // somebody was faster, or nobody knows
      of.not_before = now + retry;
      return;
    case stage::held:
    case stage::releasing:
      return check_held(shard_id, of, answer, now);
    case stage::returning:
      return check_returned(shard_id, of, answer, now);
    case stage::idle:
    case stage::reading_position:
      break;  // of an earlier attempt
  }
}

void member::on_record_read(int shard_id, hold& of, const key_answer& answer,
                            runtime::time_point now) {
  of.now_in = stage::idle;
  of.not_before = now + await_interval;
  switch (answer.what) {
    case result::missing:
      of.record = {};
      of.revision = 0;
      of.is_awaited = false;
      if (is_planned_here(shard_id)) claim(shard_id, of, now);
      return;
    case result::found:
      if (const auto* found = std::get_if<own_record>(&*answer.value)) {
        of.record = *found;
        of.revision = answer.revision;
        judge(shard_id, of, now);
      }
      return;
    case result::unreadable:
      note(true, "shard " + std::to_string(shard_id) +
                     " cannot be taken: its record makes no sense: " + answer.why);
      of.not_before = now + bad_record_interval;
      return;
    default:
      return;
  }
}

/// What the record allows.
void member::judge(int shard_id, hold& of, runtime::time_point now) {
  const bool is_wanted = is_planned_here(shard_id);
  const bool is_owned = of.record.state == own_state::owned;
  of.is_awaited = of.is_takeover = false;
  if (of.record.owner == self_ && is_owned) {
    // A claim or a release of this member had an answer that got lost, and may still be done:
    // whatever it says, a new claim comes before it or after it.
    if (is_wanted) return claim(shard_id, of, now);
    of.record.state = own_state::released;
    of.now_in = stage::returning;
    return step(shard_id, of, now);
  }
  if (!is_wanted) return;
  const bool is_earlier_self =
      of.record.owner.member == self_.member && of.record.owner.incarnation < self_.incarnation;
  if (!is_owned) return claim(shard_id, of, now);
  if (is_earlier_self || plan_.is_dead(of.record.owner)) {
    // It goes on where the last checkpoint is. Read before the claim and written with it, so that
    // nothing is lost if this member dies before its own first checkpoint.
    of.is_takeover = !is_earlier_self;
    if (of.is_takeover) of.record.unreleased.push_back(of.record.owner);
    of.now_in = stage::reading_position;
    return step(shard_id, of, now);
  }
  out_.emplace_back(send_message{audience::one, of.record.owner.member,
                                 shard_awaited{shard_id, of.record.owner}});
  out_.emplace_back(
      send_message{audience::coordinator, {}, shard_awaited{shard_id, of.record.owner}});
}

void member::claim(int shard_id, hold& of, runtime::time_point now) {
  of.now_in = stage::idle;
  const auto key = own_key(plan_.total_shards(), shard_id);
  if (contact_ != contact::live || !is_planned_here(shard_id) || is_busy(key)) return;
  of.record.owner = self_;
  of.record.state = own_state::owned;
  ++of.record.epoch;
  of.now_in = stage::claiming;
  write(key, of.record, of.revision, now);
}

void member::begin_to_hold(int shard_id, hold& of, runtime::time_point now) {
  of.now_in = stage::held;
  of.is_unsaved = false;
  of.wants_identify = false;
  of.leave.reset();
  out_.emplace_back(take_shard{shard_id, of.record.epoch, plan_.total_shards(), of.record.session});
  step(shard_id, of, now);
}

void member::check_held(int shard_id, hold& of, const key_answer& answer, runtime::time_point now) {
  const auto key = own_key(plan_.total_shards(), shard_id);
  if (answer.what == result::stored) {
    of.revision = answer.revision;
    of.is_unsaved = false;
    return;
  }
  const auto* found = answer.value ? std::get_if<own_record>(&*answer.value) : nullptr;
  if (found == nullptr) {  // refused, or nobody knows
    if (!is_busy(key)) read(key, now);
    return;
  }
  if (found->owner == self_ && found->epoch == of.record.epoch) {
    of.revision = answer.revision;
    of.is_unsaved = *found != of.record;
    return;
  }
  note(true, "shard " + std::to_string(shard_id) + " has another owner: " + found->owner.member);
  out_.emplace_back(drop_shard{shard_id});
  of = {};
}

void member::check_returned(int shard_id, hold& of, const key_answer& answer,
                            runtime::time_point now) {
  const auto key = own_key(plan_.total_shards(), shard_id);
  const auto* found = answer.value ? std::get_if<own_record>(&*answer.value) : nullptr;
  if (answer.what == result::stored) {
    tell_news(key, answer.revision);
    of = {};
  } else if (found == nullptr) {
    if (!is_busy(key)) read(key, now);
  } else if (found->owner == self_ && found->epoch == of.record.epoch &&
             found->state == own_state::owned) {
    of.revision = answer.revision;  // written again with the next tick
  } else {
    of = {};
  }
}

void member::on_session(int shard_id, session_record session, runtime::time_point now) {
  const auto known = holds_.find(shard_id);
  if (known == holds_.end() || !known->second.is_held()) return;
  auto& of = known->second;
  session.number = of.record.session ? of.record.session->number + 1 : 1;
  of.record.session = std::move(session);
  of.record.unreleased.clear();
  of.is_unsaved = true;
  step(shard_id, of, now);
}

void member::on_released(int shard_id, std::optional<session_record> session,
                         runtime::time_point now) {
  const auto known = holds_.find(shard_id);
  if (known == holds_.end() || known->second.now_in != stage::releasing) return;
  auto& of = known->second;
  of.record.session = std::move(session);
  of.record.state = own_state::released;
  of.now_in = stage::returning;
  step(shard_id, of, now);
}

void member::handle(const shard_awaited& received, runtime::time_point /*now*/) {
  if (received.owner == self_) {
    const bool exists = received.shard_id >= 0 && received.shard_id < plan_.total_shards();
    if (exists) holds_[received.shard_id].is_awaited = true;
    return;
  }
  // Its owner is a life of a member that no coordinator has seen.
  if (office_ != office::leading || plan_.is_dead(received.owner)) return;
  auto& seen = reported_[received.owner.member];
  seen = std::max(seen, received.owner.incarnation);
}

/// Whoever takes them up again begins with what the record says.
void member::drop_all() {
  for (auto& [id, each] : holds_) {
    if (each.is_held()) out_.emplace_back(drop_shard{id});
    each = {};
  }
}

// ---- leave to identify ----

void member::want_identify(int shard_id, runtime::time_point now) {
  const auto known = holds_.find(shard_id);
  if (known == holds_.end() || known->second.now_in != stage::held) return;
  known->second.wants_identify = true;
  known->second.leave.reset();
  known->second.next_question = now;
  ask_for_leave(shard_id, known->second, now);
}

void member::withdraw_identify(int shard_id) {
  const auto known = holds_.find(shard_id);
  if (known == holds_.end()) return;
  known->second.wants_identify = false;
  known->second.questions.clear();
}

/// An earlier owner that did not release it may still have the session, and act on its events: not
/// before it must have noticed, or is known to be gone.
bool member::may_identify(const hold& of, runtime::time_point now) const {
  if (contact_ != contact::live || of.now_in != stage::held) return false;
  const auto& before = of.record.unreleased;
  return std::all_of(before.begin(), before.end(), [&](const identity& who) {
    const auto* known = members_.find(who.member);
    const bool is_back = known != nullptr && known->from.incarnation > who.incarnation;
    return is_back || plan_.is_evicted(who) ||
           members_.silence(who.member, now) >= settings_.identify_fence;
  });
}

void member::ask_for_leave(int shard_id, hold& of, runtime::time_point now) {
  if (!of.wants_identify || now < of.next_question || !may_identify(of, now)) return;
  of.next_question = now + leave_retry;
  std::erase_if(of.questions,
                [now](const auto& each) { return each.second + leave_validity <= now; });
  of.questions[++questions_] = now;
  const leave_wanted question{shard_id, self_, of.record.epoch, questions_};
  out_.emplace_back(send_message{audience::coordinator, {}, question});
}

void member::handle(const leave_given& received, runtime::time_point now) {
  const auto& leave = received.leave;
  const auto known = holds_.find(leave.shard_id);
  const leave_over unused{leave, false};
  if (used_.contains(leave.number)) {
    out_.emplace_back(send_message{audience::coordinator, {}, leave_over{leave, true}});
    return;
  }
  if (known != holds_.end() && known->second.leave == leave) return;  // it came twice
  const auto refuse = [&] { out_.emplace_back(send_message{audience::coordinator, {}, unused}); };
  if (known == holds_.end() || leave.asker != self_) return refuse();
  auto& of = known->second;
  const auto asked = of.questions.find(leave.number);
  const bool is_valid = of.wants_identify && of.record.epoch == leave.epoch &&
                        asked != of.questions.end() && asked->second + leave_validity > now &&
                        may_identify(of, now);
  if (!is_valid) return refuse();
  const auto valid_until = asked->second + leave_validity;
  of.wants_identify = false;
  of.questions.clear();
  of.leave = leave;
  out_.emplace_back(give_leave{leave, valid_until});
}

void member::on_leave_over(const granted_leave& leave, bool was_sent, runtime::time_point now) {
  if (was_sent) used_[leave.number] = now;
  const auto known = holds_.find(leave.shard_id);
  if (known != holds_.end() && known->second.leave == leave) known->second.leave.reset();
  out_.emplace_back(send_message{audience::coordinator, {}, leave_over{leave, was_sent}});
}

}  // namespace gatehouse::fleet
