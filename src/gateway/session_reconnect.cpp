#include <gatehouse/gateway/session.hpp>

#include <algorithm>
#include <utility>

// Losing a connection and getting another one.

namespace gatehouse::gateway {

namespace {

/// A resume URL that failed this often in a row is given up for the main URL, the session kept.
constexpr int most_resume_url_failures = 2;
/// discord-api-docs#1619: every resume of a "bricked" session is cut until op 9 comes at last.
constexpr int most_resumes_cut = 5;
constexpr runtime::seconds shortest_brick{60};
constexpr runtime::seconds rate_limit_pause{5};

/// What says how we want to be spoken to is ours to choose: the inflater and the parser depend on
/// it.
bool is_ours(std::string_view parameter) {
  const auto name = parameter.substr(0, parameter.find('='));
  return name == "v" || name == "encoding" || name == "compress";
}

/// `query` begins with '?'. Base URLs come with and without a trailing slash, and with parameters
/// of their own: those that `query` is about are replaced, others stay.
std::string connection_url(std::string_view base, std::string_view query) {
  const auto mark = std::min(base.find('?'), base.size());
  std::string_view others = base.substr(std::min(mark + 1, base.size()));
  base = base.substr(0, mark);
  while (!base.empty() && base.back() == '/') base.remove_suffix(1);
  std::string url{base};
  url += "/?";
  while (!others.empty()) {
    const auto end = std::min(others.find('&'), others.size());
    if (end > 0 && !is_ours(others.substr(0, end))) url.append(others, 0, end) += '&';
    others.remove_prefix(std::min(end + 1, others.size()));
  }
  url += query.substr(std::min<std::size_t>(1, query.size()));
  return url;
}

}  // namespace

void session::drop_connection(std::uint16_t code, actions& out) {
  if (has_connection() || phase_ == phase::opening) out.emplace_back(close_connection{code});
  if (leave_ != leave::none) out.emplace_back(identify_abandoned{});
  leave_ = leave::none;
  step_deadline_.reset();
  beat_.stop();
}

void session::count_reconnect(reconnect_cause cause) noexcept {
  ++reconnects_[static_cast<std::size_t>(cause)];
}

void session::count_loss(reconnect_cause cause, time_point now, actions& out) {
  count_reconnect(cause);
  if (leave_ != leave::none) out.emplace_back(identify_abandoned{});
  leave_ = leave::none;
  step_deadline_.reset();
  beat_.stop();
  unreadable_ = 0;
  if (phase_ == phase::connected) {
    backoff_.on_lost(now);
    return;
  }
  if (via_resume_url_ && ++resume_url_failures_ == most_resume_url_failures) {
    out.emplace_back(
        note{note_level::warning, "resume URL keeps failing: resuming at the main URL"});
  }
  if (phase_ == phase::resuming && resumes_cut_++ == 0) first_resume_cut_ = now;
}

void session::lose_session(std::string reason, actions& out) {
  if (session_) {
    out.emplace_back(session_lost{session_->session_id, session_->seq, std::move(reason)});
  }
  session_.reset();
  safe_seq_.reset();
  resume_url_failures_ = 0;
  resumes_cut_ = 0;
  last_resume_ = false;
}

bool session::is_brick(time_point now) const noexcept {
  return resumes_cut_ >= most_resumes_cut && now - first_resume_cut_ >= shortest_brick;
}

runtime::duration session::between(runtime::seconds least, runtime::seconds most) {
  return least + std::chrono::duration_cast<runtime::duration>(
                     std::chrono::duration<double>(most - least) * random_());
}

void session::try_again(runtime::duration least, time_point now, actions& out) {
  if (session_ && is_brick(now)) {
    out.emplace_back(note{note_level::warning, "every resume is cut: identifying again"});
    lose_session("resume cut " + std::to_string(resumes_cut_) + " times in a row", out);
  }
  const runtime::duration delay = std::max(
      least, backoff_.next(random_(), session_ ? backoff::resume_cap : backoff::identify_cap));
  if (delay <= runtime::duration::zero()) {
    begin_attempt(now, out);
    return;
  }
  phase_ = phase::waiting;
  step_deadline_ = now + delay;
  const auto shown = std::chrono::duration_cast<runtime::milliseconds>(delay).count();
  out.emplace_back(note{note_level::info, (session_ ? "resuming in " : "identifying in ") +
                                              std::to_string(shown) + " ms"});
}

/// Resume carries the token: where the main URL is encrypted, so is the other one.
bool session::may_use_resume_url() const noexcept {
  const std::string_view named = session_->resume_url;
  return named.starts_with("wss://") ||
         (named.starts_with("ws://") && config_.gateway_url.starts_with("ws://"));
}

void session::begin_attempt(time_point now, actions& out) {
  step_deadline_.reset();
  if (!session_ && leave_ != leave::held) {
    phase_ = phase::awaiting_leave;
    leave_ = leave::asked;
    out.emplace_back(request_identify{});
    return;
  }
  via_resume_url_ =
      session_ && may_use_resume_url() && resume_url_failures_ < most_resume_url_failures;
  phase_ = phase::opening;
  step_deadline_ = now + opening_timeout;
  out.emplace_back(open_connection{
      connection_url(via_resume_url_ ? session_->resume_url : config_.gateway_url, config_.query)});
}

void session::close_and_retry(reconnect_cause cause, time_point now, actions& out) {
  out.emplace_back(close_connection{close_keeping_session});
  count_loss(cause, now, out);
  try_again({}, now, out);
}

void session::refuse(std::uint16_t code, actions& out) {
  if (leave_ != leave::none) out.emplace_back(identify_abandoned{});
  leave_ = leave::none;
  step_deadline_.reset();
  beat_.stop();
  phase_ = phase::offline;
  out.emplace_back(session_refused{code});
}

void session::retry_after_close(std::uint16_t code, time_point now, actions& out) {
  // Discord has not been told yet whose connection it is: the code says nothing of our session.
  if (phase_ == phase::awaiting_hello) return try_again({}, now, out);
  const close_meaning meaning = meaning_of_close(code);
  runtime::duration least{};
  if (meaning.action == close_action::identify ||
      (meaning.action == close_action::resume_then_identify && last_resume_)) {
    lose_session("closed with " + std::to_string(code) + " " + std::string(meaning.name), out);
  } else if (meaning.action == close_action::resume_then_identify) {
    last_resume_ = true;
  } else if (meaning.action == close_action::resume_after_pause) {
    least = between(rate_limit_pause, 2 * rate_limit_pause);
  }
  try_again(least, now, out);
}

}  // namespace gatehouse::gateway
