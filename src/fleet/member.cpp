#include <gatehouse/fleet/member.hpp>

#include <algorithm>

/// Who one is, whether one has contact, and what others say.
namespace gatehouse::fleet {
namespace {

using result = key_answer::result;

constexpr runtime::seconds renewal_interval{1};
constexpr runtime::seconds plan_interval{1};
constexpr runtime::milliseconds join_retry{500};

}  // namespace

member::member(member_settings settings, runtime::time_point now)
    : settings_(std::move(settings)),
      phase_since_(now),
      self_{settings_.member, 0},
      members_(settings_.member, settings_.takeover),
      isolation_(settings_.stop_after),
      next_beat_(now),
      next_renewal_(now),
      next_plan_read_(now),
      coordinator_heard_(now),
      fitting_heard_(now),
      not_before_(now) {}

void member::tick(runtime::time_point now) {
  if (phase_ == phase::ended) return;
  refresh(now);
  if (phase_ != phase::joined) {
    join(now);
    return;
  }
  beat(now);
  renew(now);
  follow_plan(now);
  reconcile(now);
  write_positions(now);
  coordinate(now);
}

/// First of all, with every input: who wakes from a freeze must not act on what it knew before.
void member::refresh(runtime::time_point now) {
  const auto is = isolation_.at(now);
  if (is == contact_) return;
  contact_ = is;
  out_.emplace_back(contact_changed{is});
  if (is == contact::live) return;
  for (auto& [id, each] : holds_) {
    each.questions.clear();
    each.leave.reset();
  }
  if (office_ != office::follower) step_down("it has no contact to NATS");
  if (is == contact::stopped) drop_all();
}

void member::on_message(const message& received, runtime::time_point now) {
  if (phase_ == phase::ended) return;
  refresh(now);
  std::visit([&](const auto& content) { handle(content, now); }, received);
}

// ---- joining ----

/// A moment to hear whether another process has this name: two of one configuration would end each
/// other in turn.
void member::join(runtime::time_point now) {
  const auto key = member_key(settings_.member);
  if (is_busy(key) || now < phase_since_) return;
  if (phase_ == phase::listening && now - phase_since_ < 2 * settings_.heartbeat) return;
  phase_ = phase::reading;
  read(key, now);
}

void member::on_own_record(const key_answer& answer, const operation& done,
                           runtime::time_point now) {
  const auto* found = answer.value ? std::get_if<member_record>(&*answer.value) : nullptr;
  if (found != nullptr && phase_ == phase::joined) {
    if (found->process != settings_.process) {
      return end("another process has become member " + settings_.member);
    }
    own_revision_ = answer.revision;
    return;
  }
  if (answer.what == result::stored) {
    own_revision_ = answer.revision;
    isolation_.write_accepted(done.asked_at);
    if (phase_ != phase::entering) return;
    phase_ = phase::joined;
    note(false, "joined as " + self_.member + ", incarnation " + std::to_string(self_.incarnation));
    return;
  }
  if (phase_ == phase::joined) {
    read(member_key(settings_.member), now);  // written by whom, if it was?
    return;
  }
  if (found != nullptr) return enter(found->incarnation, answer.revision, now);
  if (answer.what == result::missing) return enter(0, 0, now);
  // Nobody can be hurt by an incarnation that was skipped.
  if (answer.what == result::unreadable) {
    note(true, "the record member." + settings_.member + " makes no sense: " + answer.why);
    return enter(self_.incarnation, answer.revision, now);
  }
  phase_ = phase::reading;
  phase_since_ = now + join_retry;
}

void member::enter(std::uint64_t above, std::uint64_t expected_revision, runtime::time_point now) {
  const auto dead = plan_.dead.find(self_.member);
  const auto over = dead == plan_.dead.end() ? 0 : dead->second;
  self_.incarnation = std::max({above, self_.incarnation, over}) + 1;
  phase_ = phase::entering;
  write(member_key(self_.member), own_record_now(), expected_revision, now);
}

member_record member::own_record_now() const {
  return {self_.incarnation, settings_.process, settings_.version,
          draining_ ? member_state::draining : member_state::ready};
}

/// Declared dead, and alive: what it held belongs to others.
void member::rejoin(runtime::time_point now) {
  note(true, "this member was declared dead: it gives up its shards and joins anew");
  if (office_ != office::follower) step_down("it was declared dead");
  drop_all();
  phase_ = phase::reading;
  phase_since_ = now;
}

void member::end(std::string why) {
  drop_all();
  phase_ = phase::ended;
  out_.emplace_back(end_process{std::move(why)});
}

void member::renew(runtime::time_point now) {
  const auto key = member_key(settings_.member);
  if (now < next_renewal_ || is_busy(key)) return;
  next_renewal_ = now + renewal_interval;
  write(key, own_record_now(), own_revision_, now);
}

// ---- heartbeats ----

void member::beat(runtime::time_point now) {
  if (now < next_beat_) return;
  next_beat_ = now + settings_.heartbeat;
  heartbeat out;
  out.from = self_;
  out.process = settings_.process;
  out.state = draining_ ? member_state::draining : member_state::ready;
  out.term = is_coordinator() ? my_term_ : 0;
  out.plan_revision = plan_revision_;
  out.is_settled = is_settled();
  out.weight = settings_.weight;
  out.max_shards = settings_.max_shards;
  out.fingerprint = settings_.fingerprint;
  publish(out);
}

void member::handle(const heartbeat& received, runtime::time_point now) {
  if (received.from.member == self_.member && received.process != settings_.process) {
    if (phase_ == phase::listening) {
      end("a process that runs elsewhere is member " + self_.member + " already");
    }
    return;  // the record says which of the two it is
  }
  members_.heard(received, now);
  newest_plan_ = std::max(newest_plan_, received.plan_revision);
  if (fits(received.fingerprint)) fitting_heard_ = now;
  if (received.term == 0 || received.term < term_) return;
  term_ = received.term;
  coordinator_heard_ = now;
  if (office_ != office::follower && received.term > my_term_) step_down("there is a newer one");
}

// ---- the plan ----

void member::handle(const news& received, runtime::time_point now) {
  if (received.key == plan_key) {
    newest_plan_ = std::max(newest_plan_, received.revision);
    if (phase_ == phase::joined) follow_plan(now);
    return;
  }
  const auto shard_id = shard_of_own_key(plan_.total_shards(), received.key);
  const auto known = shard_id ? holds_.find(*shard_id) : holds_.end();
  if (known == holds_.end() || phase_ != phase::joined) return;
  known->second.not_before = now;
  step(known->first, known->second, now);
}

/// Heartbeats and news may be lost: it is read in any case, and soon if there is a newer one.
void member::follow_plan(runtime::time_point now) {
  const std::string key{plan_key};
  const bool is_due = now >= next_plan_read_ || newest_plan_ > plan_revision_;
  if (!is_due || is_busy(key)) return;
  next_plan_read_ = now + plan_interval;
  read(key, now);
}

void member::adopt_plan(const plan_record& plan, std::uint64_t revision, runtime::time_point now) {
  if (revision <= plan_revision_) return;  // a replica that lags
  plan_ = plan;
  plan_revision_ = revision;
  newest_plan_ = std::max(newest_plan_, revision);
  if (phase_ != phase::joined) return;
  if (plan_.is_dead(self_)) return rejoin(now);
  reconcile(now);
}

void member::drain(runtime::time_point now) {
  draining_ = true;
  next_beat_ = next_renewal_ = now;
}

}  // namespace gatehouse::fleet
