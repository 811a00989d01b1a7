#include <gatehouse/gateway/opcode.hpp>
#include <gatehouse/gateway/session.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::gateway {
namespace {

/// Leave that was not used for this long is no longer ours: the gate frees the bucket after 60 s.
constexpr runtime::seconds leave_lifetime{55};

}  // namespace

session::session(session_config config, runtime::random_source random)
    : config_(std::move(config)), random_(std::move(random)) {}

void session::start(std::optional<resume_point> from, time_point now, actions& out) {
  if (phase_ != phase::idle) return;
  if (from && !from->session_id.empty()) session_ = std::move(from);
  try_again({}, now, out);
}

void session::on_identify_allowed(time_point now, actions& out, time_point until) {
  if (leave_ == leave::held) return;
  if (phase_ != phase::awaiting_leave) {
    // The grant crossed our change of mind.
    out.emplace_back(identify_abandoned{});
    return;
  }
  leave_ = leave::held;
  leave_until_ = std::min<time_point>(until, now + leave_lifetime);
  begin_attempt(now, out);
}

void session::on_leave_withdrawn(time_point now, actions& out) {
  if (leave_ != leave::held) return;
  out.emplace_back(note{note_level::warning, "leave to identify was withdrawn while connecting"});
  close_and_retry(reconnect_cause::timeout, now, out);
}

void session::on_connected(time_point now, actions& out) {
  if (phase_ != phase::opening) return;
  phase_ = phase::awaiting_hello;
  step_deadline_ = now + hello_timeout;
  out.emplace_back(note{note_level::debug, "connected, waiting for Hello"});
}

void session::on_connect_failed(std::string_view reason, time_point now, actions& out) {
  if (phase_ != phase::opening) return;
  out.emplace_back(note{note_level::warning, "connecting failed: " + std::string(reason)});
  count_loss(reconnect_cause::connect_failed, now, out);
  try_again({}, now, out);
}

void session::on_disconnected(std::optional<std::uint16_t> code, std::string_view how,
                              time_point now, actions& out) {
  if (!has_connection()) return;
  if (!code) {
    out.emplace_back(note{note_level::info, "connection lost: " + std::string(how)});
    count_loss(reconnect_cause::network, now, out);
    try_again({}, now, out);
    return;
  }
  const close_meaning meaning = meaning_of_close(*code);
  const std::string closed =
      "closed by Discord with " + std::to_string(*code) + " " + std::string(meaning.name);
  if (meaning.action == close_action::refuse) {
    out.emplace_back(
        note{note_level::error, closed + ": refused for good, not reconnecting", *code});
    refuse(*code, out);
    return;
  }
  const bool our_fault = meaning.action == close_action::resume_after_pause || *code == 4001 ||
                         *code == 4002 || *code == 4005;
  out.emplace_back(note{our_fault ? note_level::warning : note_level::info, closed, *code});
  count_loss(cause_of_close(*code), now, out);
  retry_after_close(*code, now, out);
}

void session::on_corrupt_stream(std::string_view reason, time_point now, actions& out) {
  if (!has_connection()) return;
  out.emplace_back(
      note{note_level::warning, "unreadable stream, reconnecting: " + std::string(reason)});
  close_and_retry(reconnect_cause::unreadable, now, out);
}

void session::on_timer(time_point now, actions& out) {
  if (check_heartbeat(now, out)) return;
  if (!step_deadline_ || now < *step_deadline_) return;
  switch (phase_) {
    case phase::waiting:
      begin_attempt(now, out);
      return;
    case phase::opening:
      out.emplace_back(note{note_level::warning, "no connection in time, trying another one"});
      break;
    case phase::awaiting_hello:
      out.emplace_back(note{note_level::warning, "no Hello in time, reconnecting"});
      break;
    case phase::identifying:
      out.emplace_back(note{note_level::warning, "no READY in time, reconnecting"});
      break;
    case phase::resuming:
      out.emplace_back(note{note_level::warning, "resume makes no progress, reconnecting"});
      break;
    default:
      return;
  }
  close_and_retry(reconnect_cause::timeout, now, out);
}

void session::reconnect(reconnect_mode mode, time_point now, actions& out) {
  if (phase_ == phase::idle || phase_ == phase::offline) return;
  const bool by_identify = mode == reconnect_mode::identify || !session_;
  if (by_identify && phase_ == phase::awaiting_leave) return;
  out.emplace_back(note{note_level::info, "reconnecting as asked"});
  if (has_connection() || phase_ == phase::opening) count_reconnect(reconnect_cause::asked);
  drop_connection(by_identify ? close_ending_session : close_keeping_session, out);
  if (by_identify) lose_session("given up as asked", out);
  backoff_.reset(now);
  try_again({}, now, out);
}

void session::stop(std::uint16_t close_code, time_point /*now*/, actions& out) {
  drop_connection(close_code, out);
  phase_ = phase::offline;
  // These end it at Discord, so that nobody will ever replay what comes from here on.
  if (close_code == 1000 || close_code == 1001) lose_session("ended on purpose", out);
}

void session::set_safe_seq(std::int64_t seq) noexcept {
  // A position beyond what was received can only belong to an earlier session.
  if (session_ && seq >= 0 && seq <= session_->seq) safe_seq_ = seq;
}

void session::set_gateway_url(std::string url) {
  config_.gateway_url = std::move(url);
}
void session::set_presence(std::string presence) {
  config_.presence = std::move(presence);
}

std::optional<time_point> session::deadline() const noexcept {
  const auto beat = beat_.due();
  if (!beat || !step_deadline_) return beat ? beat : step_deadline_;
  return std::min(*beat, *step_deadline_);
}

shard_state session::state() const noexcept {
  switch (phase_) {
    case phase::awaiting_leave:
      return shard_state::unidentified;
    case phase::opening:
    case phase::awaiting_hello:
      return shard_state::connecting;
    case phase::identifying:
      return shard_state::identifying;
    case phase::resuming:
      return shard_state::resuming;
    case phase::connected:
      return shard_state::connected;
    case phase::waiting:
      return shard_state::disconnected;
    case phase::idle:
    case phase::offline:
      break;
  }
  return shard_state::offline;
}

bool session::has_connection() const noexcept {
  switch (phase_) {
    case phase::awaiting_hello:
    case phase::identifying:
    case phase::resuming:
    case phase::connected:
      return true;
    default:
      return false;
  }
}

}  // namespace gatehouse::gateway
