#include <gatehouse/fleet/member.hpp>

#include <algorithm>

/// The coordinator's office: how one comes to it, and what one does in it. Every act is a
/// compare-and-set on `plan` or `gate`, and a successor begins by writing both: from then on its
/// predecessor can write no more, whatever it still believes.
namespace gatehouse::fleet {
namespace {

using result = key_answer::result;

constexpr runtime::seconds limit_pause{10};

}  // namespace

bool member::fits(const std::string& fingerprint) const {
  return plan_.fingerprint.empty() || plan_.fingerprint == fingerprint;
}

/// A member with other settings than the plan's never decides, unless all are gone that share them:
/// the configuration was changed for good.
bool member::may_run(runtime::time_point now) {
  const auto since = members_.listening_since(now);
  if (contact_ != contact::live || draining_ || !since) return false;
  if (now - *since < settings_.takeover) return false;
  return fits(settings_.fingerprint) ||
         now - std::max(fitting_heard_, *since) >= settings_.join_wait;
}

/// Its place among those that might try now.
std::optional<std::size_t> member::rank(runtime::time_point now) const {
  std::size_t before = 0;
  for (const auto* each : members_.alive(now)) {
    const bool might_try = each->state == member_state::ready && fits(each->fingerprint);
    if (might_try && each->from.member < self_.member) ++before;
  }
  return before;
}

void member::coordinate(runtime::time_point now) {
  switch (office_) {
    case office::follower: {
      if (now < not_before_ || is_busy(std::string{coordinator_key}) || !may_run(now)) return;
      const auto silence = now - std::max(coordinator_heard_, *members_.listening_since(now));
      if (silence < settings_.takeover + rank(now).value_or(0) * settings_.heartbeat) return;
      office_ = office::reading;
      return read(std::string{coordinator_key}, now);
    }
    case office::reading_gate:
      if (!is_busy(std::string{gate_key})) read(std::string{gate_key}, now);
      return;
    case office::reading_plan:
      if (!is_busy(std::string{plan_key})) read(std::string{plan_key}, now);
      return;
    case office::leading:
      return lead(now);
    case office::reading:
    case office::claiming:
    case office::taking_gate:
    case office::taking_plan:
      return;
  }
}

void member::step_down(const char* why) {
  if (office_ == office::leading) {
    note(false, "member " + self_.member + " is not the coordinator any more: " + why);
  }
  office_ = office::follower;
  desk_.reset();
  proposed_.reset();
  has_taken_gate_ = false;
}

void member::on_coordinator(const key_answer& answer, const operation& done,
                            runtime::time_point now) {
  if (office_ == office::claiming && done.is_write) {
    if (answer.what == result::stored) {
      term_ = my_term_;
      office_ = office::reading_gate;
      return coordinate(now);
    }
    step_down("");
    not_before_ = now + settings_.heartbeat;
    return;
  }
  if (office_ != office::reading || done.is_write) return;
  const auto* found = answer.value ? std::get_if<coordinator_record>(&*answer.value) : nullptr;
  const bool is_open = found != nullptr || answer.what == result::missing;
  not_before_ = now + settings_.heartbeat;
  if (!is_open) {
    if (answer.what == result::unreadable) {
      note(true, "nobody can be coordinator: its record makes no sense: " + answer.why);
    }
    return step_down("");
  }
  if (found != nullptr && found->holder == self_) {  // an answer got lost
    my_term_ = term_ = std::max(term_, found->term);
    if (my_term_ == found->term) {
      office_ = office::reading_gate;
      return coordinate(now);
    }
  } else if (found != nullptr && found->term > term_) {
    // Elected since: its first heartbeat is on its way.
    term_ = found->term;
    coordinator_heard_ = now;
    return step_down("");
  }
  my_term_ = std::max(term_, found != nullptr ? found->term : 0) + 1;
  office_ = office::claiming;
  write(std::string{coordinator_key}, coordinator_record{self_, my_term_}, answer.revision, now);
}

// ---- the gate ----

void member::on_gate(const key_answer& answer, const operation& done, runtime::time_point now) {
  const auto* found = answer.value ? std::get_if<gate_record>(&*answer.value) : nullptr;
  if (office_ == office::reading_gate && !done.is_write) {
    if (found != nullptr) return take_gate(*found, answer.revision, now);
    if (answer.what == result::missing) return take_gate({}, 0, now);
    if (answer.what == result::unreadable) {
      note(true, "the record gate makes no sense and is replaced: " + answer.why);
      // As if there had been leave at this moment.
      return take_gate({1, 1, {}}, answer.revision, now);
    }
    return;  // read again with the next tick
  }
  if (!done.is_write) return;
  if (office_ == office::taking_gate) {
    if (answer.what != result::stored) {
      office_ = office::reading_gate;
      return;
    }
    gate_revision_ = answer.revision;
    if (!desk_) {
      const bool is_first = gate_.granted == 0;
      const auto pause =
          is_first ? runtime::duration{} : leave_validity + settings_.identify_spacing;
      desk_.emplace(settings_.identify_spacing, now + pause);
      next_limit_question_ = limit_not_before_ = now + pause;
    }
    has_taken_gate_ = true;
    office_ = office::reading_plan;
    return coordinate(now);
  }
  if (office_ != office::leading || !desk_) return;
  if (answer.what == result::stored) {
    gate_revision_ = answer.revision;
    for (auto& leave : desk_->stored(now)) {
      auto to = leave.asker.member;
      out_.emplace_back(send_message{audience::one, std::move(to), leave_given{std::move(leave)}});
    }
    return;
  }
  desk_->not_stored(now);
  office_ = office::reading_gate;  // whose is it?
}

void member::take_gate(const gate_record& found, std::uint64_t revision, runtime::time_point now) {
  if (found.term > my_term_) {
    term_ = std::max(term_, found.term);
    return step_down("there is a newer one");
  }
  gate_ = found;
  gate_.term = my_term_;
  office_ = office::taking_gate;
  write(std::string{gate_key}, gate_, revision, now);
}

/// Whoever asks must hold the shard: the plan is this coordinator's own, so this is the truth, but
/// for releases under way, after which nobody uses leave of an earlier epoch.
bool member::may_grant(const leave_wanted& asked) const {
  return plan_.gives(asked.shard_id, asked.asker.member) && !plan_.is_dead(asked.asker);
}

void member::handle(const leave_wanted& received, runtime::time_point now) {
  if (office_ != office::leading || !desk_ || !may_grant(received)) return;
  if (auto again = desk_->asked(received, now)) {
    auto to = again->asker.member;
    out_.emplace_back(send_message{audience::one, std::move(to), leave_given{std::move(*again)}});
    return;
  }
  give_leaves(now);
}

void member::handle(const leave_over& received, runtime::time_point now) {
  if (office_ == office::leading && desk_) desk_->over(received, now);
}

void member::give_leaves(runtime::time_point now) {
  if (!next_limit_question_ && desk_->wants_limit(now)) next_limit_question_ = now;
  if (next_limit_question_ && now >= *next_limit_question_ && !is_asking_limit_) {
    is_asking_limit_ = true;
    out_.emplace_back(ask_limit{});
  }
  if (is_busy(std::string{gate_key})) return;
  auto round = desk_->next_round(now, [this](const auto& asked) { return may_grant(asked); });
  if (round.empty()) return;
  gate_.granted += round.size();
  gate_.last = std::move(round);
  write(std::string{gate_key}, gate_, gate_revision_, now);
}

void member::on_limit(const limit_answer& told, runtime::time_point now) {
  refresh(now);
  is_asking_limit_ = false;
  next_limit_question_.reset();
  if (told.total_shards <= 0) {
    next_limit_question_ = now + limit_pause;
    return;
  }
  if (told.asked_at < limit_not_before_) {
    next_limit_question_ = limit_not_before_;
    return;
  }
  total_shards_ = told.total_shards;
  if (desk_) {
    desk_->learn(told.identifies_total, told.identifies_remaining, told.reset_after,
                 told.max_concurrency, told.asked_at, now);
  }
}

// ---- the plan ----

void member::on_plan(const key_answer& answer, const operation& done, runtime::time_point now) {
  if (done.is_write) return on_plan_written(answer, now);
  const auto* found = answer.value ? std::get_if<plan_record>(&*answer.value) : nullptr;
  const bool is_read = found != nullptr || answer.what == result::missing;
  if (is_read) {
    isolation_.plan_read(done.asked_at);
    refresh(now);
  } else if (answer.what == result::unreadable) {
    note(true, "the plan makes no sense, the last one stays in force: " + answer.why);
  }
  if (office_ == office::reading_plan && is_read) return take_plan(answer, now);
  if (found == nullptr) return;
  if (office_ == office::leading && found->term > my_term_) step_down("there is a newer one");
  adopt_plan(*found, answer.revision, now);
}

void member::take_plan(const key_answer& answer, runtime::time_point now) {
  if (!answer.value) {
    office_ = office::leading;  // there is none yet
    leading_since_ = next_beat_ = now;
    return note(false, "member " + self_.member + " is the first coordinator, term " +
                           std::to_string(my_term_));
  }
  auto plan = std::get<plan_record>(*answer.value);
  if (plan.term > my_term_) {
    term_ = std::max(term_, plan.term);
    step_down("there is a newer one");
    return adopt_plan(plan, answer.revision, now);
  }
  plan.term = my_term_;
  office_ = office::taking_plan;
  proposed_ = plan;
  write(std::string{plan_key}, std::move(plan), answer.revision, now);
}

void member::on_plan_written(const key_answer& answer, runtime::time_point now) {
  const auto proposed = std::exchange(proposed_, std::nullopt);
  if (answer.what == result::stored && proposed) {
    tell_news(std::string{plan_key}, answer.revision);
    if (office_ == office::taking_plan) {
      office_ = office::leading;
      leading_since_ = now;
      next_beat_ = now;
      note(false,
           "member " + self_.member + " is the coordinator, term " + std::to_string(my_term_));
    }
    std::erase_if(to_evict_, [&](const auto& name) { return proposed->evicted.contains(name); });
    return adopt_plan(*proposed, answer.revision, now);
  }
  // Whose plan is it? The answer is the one that counts.
  if (office_ == office::taking_plan || office_ == office::leading) office_ = office::reading_plan;
}

void member::lead(runtime::time_point now) {
  make_plan(now);
  if (desk_) give_leaves(now);
}

void member::make_plan(runtime::time_point now) {
  if (is_busy(std::string{plan_key})) return;
  auto plan = plan_;
  if (plan.owners.empty() && !begin_plan(plan, now)) return;
  judge_members(plan, now);
  place_shards(plan, now);
  plan.term = my_term_;
  if (plan == plan_) return;
  proposed_ = plan;
  write(std::string{plan_key}, std::move(plan), plan_revision_, now);
}

/// A cold start waits for the members that are expected: the first one is not to take all.
bool member::begin_plan(plan_record& plan, runtime::time_point now) const {
  if (total_shards_ <= 0) return false;
  std::size_t ready = 0;
  for (const auto* each : members_.alive(now)) {
    if (each->state == member_state::ready && each->fingerprint == settings_.fingerprint) ++ready;
  }
  const bool is_complete = ready >= static_cast<std::size_t>(settings_.expected_members);
  if (!is_complete && now - leading_since_ < settings_.join_wait) return false;
  plan.owners.assign(static_cast<std::size_t>(total_shards_), {});
  return true;
}

void member::judge_members(plan_record& plan, runtime::time_point now) {
  if (!fits(settings_.fingerprint)) plan.fingerprint = settings_.fingerprint;
  if (plan.fingerprint.empty()) plan.fingerprint = settings_.fingerprint;
  for (const auto* each : members_.alive(now)) {
    auto& seen = plan.seen[each->from.member];
    if (each->from.incarnation <= seen) continue;
    seen = each->from.incarnation;
    auto& dead = plan.dead[each->from.member];
    dead = std::max(dead, seen - 1);
  }
  for (const auto& [name, incarnation] : reported_) {
    auto& seen = plan.seen[name];
    seen = std::max(seen, incarnation);
  }
  for (const auto& name : to_evict_) {
    const auto known = plan.seen.find(name);
    if (known != plan.seen.end()) plan.evicted[name] = plan.dead[name] = known->second;
  }
  if (!members_.can_judge(now)) return;
  for (const auto& [name, incarnation] : plan.seen) {
    auto& dead = plan.dead[name];
    if (dead >= incarnation || members_.silence(name, now) < settings_.takeover) continue;
    dead = incarnation;
    note(true, "member " + name + ", incarnation " + std::to_string(incarnation) +
                   ", is declared dead: nothing was heard of it");
  }
}

bool member::evict(const std::string& name, runtime::time_point now) {
  if (office_ != office::leading || !plan_.seen.contains(name)) return false;
  to_evict_.insert(name);
  make_plan(now);
  return true;
}

void member::place_shards(plan_record& plan, runtime::time_point now) {
  plan_question asked;
  asked.owners = plan.owners;
  asked.threshold_percent = settings_.rebalance_threshold_percent;
  bool are_settled = members_.can_judge(now);
  for (const auto& [name, incarnation] : plan.seen) {
    if (plan.is_dead({name, incarnation})) continue;
    const auto* known = members_.find(name);
    const bool is_alive = known != nullptr && members_.is_alive(name, now);
    plan_member one;
    one.id = name;
    if (is_alive) {
      one.weight = known->weight;
      one.max_shards = known->max_shards;
      one.is_draining = known->state == member_state::draining;
      one.takes_shards =
          known->fingerprint == plan.fingerprint && known->from.incarnation == incarnation;
      are_settled = are_settled && known->is_settled && known->plan_revision >= plan_revision_;
    } else {
      one.takes_shards = false;
    }
    asked.members.push_back(std::move(one));
  }
  asked.move_batch = are_settled ? settings_.move_batch : 0;
  plan.owners = plan_shards(asked).owners;
}

}  // namespace gatehouse::fleet
