#include "payloads.hpp"

#include <gatehouse/gateway/commands.hpp>
#include <gatehouse/gateway/opcode.hpp>
#include <gatehouse/gateway/session.hpp>

#include <utility>

// What Discord says on an open connection.

namespace gatehouse::gateway {

namespace {

/// Payloads passed over in a row before the stream itself is taken for damaged.
constexpr int most_unreadable = 16;
/// discord-api-docs#244: how long to wait after op 9, to spread the load.
constexpr runtime::seconds shortest_invalid_wait{1};
constexpr runtime::seconds longest_invalid_wait{5};

/// A READY among replayed events is the session's own.
bool begins_another_session(const envelope& payload, std::string_view session_id) {
  if (payload.type != "READY") return false;
  const auto ready = read_ready(payload.data);
  return ready && ready->session_id != session_id;
}

}  // namespace

void session::on_control(const envelope& payload, time_point now, actions& out) {
  if (!has_connection()) return;
  switch (static_cast<opcode>(payload.op)) {
    case opcode::hello:
      on_hello(payload, now, out);
      return;
    case opcode::heartbeat:
      if (phase_ == phase::awaiting_hello) return;
      beat_.on_requested_beat(now);
      send_heartbeat(send_priority::requested_heartbeat, out);
      return;
    case opcode::heartbeat_ack:
      beat_.on_ack(now);
      return;
    case opcode::reconnect:
      out.emplace_back(note{note_level::info, session_ ? "op 7: reconnecting to resume"
                                                       : "op 7: reconnecting to identify"});
      close_and_retry(reconnect_cause::op_7, now, out);
      return;
    case opcode::invalid_session:
      on_invalid_session(payload, now, out);
      return;
    default:
      return;
  }
}

dispatch_verdict session::on_dispatch(const envelope& payload, time_point now, actions& out) {
  if (!session_ || (phase_ != phase::connected && phase_ != phase::resuming)) {
    const bool is_ready = phase_ == phase::identifying && payload.type == "READY";
    return is_ready && on_ready(payload, now, out) ? dispatch_verdict::forward
                                                   : dispatch_verdict::ignore;
  }
  if (phase_ == phase::resuming && begins_another_session(payload, session_->session_id)) {
    lose_session("Discord began another session instead of resuming", out);
    return on_ready(payload, now, out) ? dispatch_verdict::forward : dispatch_verdict::ignore;
  }
  const bool is_new = payload.seq > session_->seq;
  if (is_new) {
    const bool is_gap = std::exchange(unreadable_, 0) > 0 && payload.seq > session_->seq + 1;
    if (is_gap) out.emplace_back(events_unreadable{session_->seq + 1, payload.seq - 1});
    seq_before_ = std::exchange(session_->seq, payload.seq);
  }
  if (phase_ == phase::resuming) {
    if (payload.type == "RESUMED") {
      on_resumed(now, out);
    } else if (is_new) {
      step_deadline_ = now + resumed_timeout;
      resumes_cut_ = 0;
    }
  }
  return is_new ? dispatch_verdict::forward : dispatch_verdict::ignore;
}

void session::on_bytes(bool completed_a_message, time_point now) noexcept {
  if (!has_connection()) return;
  beat_.on_traffic();
  // A long READY or event may arrive slowly. ACKs alone are no progress, and a trickle without them
  // has its end in the heartbeat.
  if (completed_a_message) return;
  if (phase_ == phase::identifying) step_deadline_ = now + ready_timeout;
  if (phase_ == phase::resuming) step_deadline_ = now + resumed_timeout;
}

/// Reconnecting would not help: Discord would replay it. Its number, if it had one, is not known
/// before the next event shows by its own that one is missing. Until then the position stays in
/// front of it, so that nothing is passed over before it can be told (`events_unreadable`): a
/// resume meanwhile brings the payload again. One that had no number leaves nothing to tell.
///
/// Hello and READY cannot be done without, and a long row of such payloads is no row of payloads.
void session::on_unreadable(std::string_view reason, time_point now, actions& out) {
  const bool is_within = session_ && (phase_ == phase::connected || phase_ == phase::resuming);
  if (is_within && ++unreadable_ <= most_unreadable) return;
  on_corrupt_stream(reason, now, out);
}

void session::take_back(std::int64_t seq) noexcept {
  if (session_ && session_->seq == seq) session_->seq = seq_before_;
}

void session::on_hello(const envelope& payload, time_point now, actions& out) {
  if (phase_ != phase::awaiting_hello) return;
  const auto interval = read_heartbeat_interval(payload.data);
  if (!interval) {
    on_corrupt_stream("Hello without a usable heartbeat_interval", now, out);
    return;
  }
  if (!session_) {
    send_identify(now, out);
    if (phase_ != phase::identifying) return;
  } else {
    phase_ = phase::resuming;
    step_deadline_ = now + resumed_timeout;
    out.emplace_back(send_text{resume_text(config_.token, *session_), send_priority::session});
  }
  beat_.start(*interval, random_(), now);
}

void session::send_identify(time_point now, actions& out) {
  if (now >= leave_until_) {
    out.emplace_back(note{note_level::warning, "leave to identify ran out while connecting"});
    close_and_retry(reconnect_cause::timeout, now, out);
    return;
  }
  leave_ = leave::none;
  phase_ = phase::identifying;
  step_deadline_ = now + ready_timeout;
  out.emplace_back(send_text{identify_text(config_), send_priority::session});
  out.emplace_back(identify_sent{});
}

bool session::on_ready(const envelope& payload, time_point now, actions& out) {
  auto ready = read_ready(payload.data);
  if (!ready || payload.seq <= 0) {
    on_corrupt_stream("READY without a session_id or seq", now, out);
    return false;
  }
  session_ = resume_point{std::move(ready->session_id), std::move(ready->resume_url), payload.seq};
  seq_before_ = 0;
  safe_seq_.reset();
  settle(now);
  out.emplace_back(session_started{*session_});
  return true;
}

void session::on_resumed(time_point now, actions& out) {
  settle(now);
  out.emplace_back(session_resumed{});
}

void session::settle(time_point now) noexcept {
  phase_ = phase::connected;
  step_deadline_.reset();
  backoff_.reset(now);
  resume_url_failures_ = 0;
  resumes_cut_ = 0;
  last_resume_ = false;
}

void session::on_invalid_session(const envelope& payload, time_point now, actions& out) {
  const bool may_resume = session_ && payload.data == "true";
  std::string text = "op 9: ";
  if (may_resume) {
    text += "resuming again on a new connection";
  } else {
    text += session_ ? "session is invalid: identifying again" : "identify refused: trying again";
  }
  out.emplace_back(note{may_resume ? note_level::info : note_level::warning, std::move(text)});
  out.emplace_back(close_connection{close_keeping_session});
  via_resume_url_ = false;  // it answered: nothing is wrong with the URL
  count_loss(reconnect_cause::op_9, now, out);
  if (!may_resume) lose_session("invalidated by Discord (op 9)", out);
  try_again(between(shortest_invalid_wait, longest_invalid_wait), now, out);
}

/// Says how long after it the next one comes.
runtime::milliseconds session::send_heartbeat(send_priority priority, actions& out) const {
  std::optional<std::int64_t> seq;
  if (session_) seq = safe_seq_.value_or(session_->seq);
  if (seq && *seq <= 0) seq.reset();  // nothing dispatched yet
  planned_beat chosen{seq, beat_.interval()};
  if (choose_beat_) chosen = choose_beat_(chosen);
  out.emplace_back(send_text{heartbeat_text(chosen.seq), priority});
  return chosen.next;
}

bool session::check_heartbeat(time_point now, actions& out) {
  switch (beat_.check(now)) {
    case heartbeat::verdict::not_due:
      return false;
    case heartbeat::verdict::beat:
      beat_.shorten(send_heartbeat(send_priority::heartbeat, out), now);
      return false;
    case heartbeat::verdict::zombie:
      out.emplace_back(
          note{note_level::warning, "nothing received since the last heartbeat, reconnecting"});
      break;
    case heartbeat::verdict::unacknowledged:
      out.emplace_back(note{note_level::warning, "heartbeats are not acknowledged, reconnecting"});
      break;
  }
  close_and_retry(reconnect_cause::zombie, now, out);
  return true;
}

}  // namespace gatehouse::gateway
