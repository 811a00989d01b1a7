#include "target.hpp"

#include <gatehouse/runtime/wall_clock.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace gatehouse::delivery {

namespace {

std::string status_text(int status) {
  return "HTTP status " + std::to_string(status);
}

}  // namespace

std::span<std::string_view> target::encode(request& to_send) {
  for (auto& event : to_send.events) ++event.attempts;
  return encoder_.encode(to_send, encoder_.is_signing() ? runtime::unix_seconds_now() : 0);
}

/// Hot path: once per request.
void target::answered(handler_connection& connection, request& done, const answer& got,
                      runtime::time_point now) {
  const auto verdict =
      judge(got.status, got.retry_after, got.retry_after.empty() ? 0 : runtime::unix_seconds_now());
  switch (verdict.what) {
    case decision::delivered:
      deliver(connection, done, now);
      break;
    case decision::refused:
      refuse(connection, done, got.status, now);
      break;
    case decision::misconfigured:
      report_misconfigured(got.status, now);
      [[fallthrough]];
    case decision::retry:
      fail(connection, done, verdict, status_text(got.status), now);
      break;
  }
}

void target::deliver(handler_connection& connection, request& done, runtime::time_point now) {
  note_success(connection, now);
  for (const auto& event : done.events) {
    event.session->prefetch(event.seq);
    latency_.add(now - event.received);
  }
  finish(done, delivered_);
}

void target::refuse(handler_connection& connection, request& done, int status,
                    runtime::time_point now) {
  note_success(connection, now);  // it works: it has looked at the event and said no
  if (done.events.size() > 1) {
    if (connection.in_flight() > 0) connection.close();
    take_back(connection, lane::not_held);
    put_back(done, lane::not_held, true);
    return;
  }
  const events::event& event = done.events.front();
  shared_.events.refused(name_, event_id(event), shared_.types.name(event.type), status);
  if (shared_.chosen.on_refused) shared_.chosen.on_refused({event, name_, status});
  finish(done, refused_);
}

void target::fail(handler_connection& connection, request& failed, const verdict& why,
                  std::string text, runtime::time_point now) {
  // What was sent after it must not overtake it: those requests start again too.
  if (connection.in_flight() > 0) connection.close();
  take_back(connection, lane::not_held);
  const bool holds_lane = health_.is_up() && !why.is_down_at_once;
  const auto pause = pauses_.after(failed.events.front().attempts);
  put_back(failed, holds_lane ? now + pause : lane::not_held);
  note_failure(connection, why, std::move(text), now);
}

void target::lost(handler_connection& connection, transport_failure failure,
                  std::string_view detail) {
  const auto now = runtime::clock::now();
  const auto why = judge(failure);
  const bool had_requests = connection.in_flight() > 0;
  const bool holds_lane = health_.is_up() && !why.is_down_at_once;
  take_back(connection, holds_lane ? now + pauses_.after(1) : lane::not_held);
  place(connection);
  if (is_stopping_) return;
  const bool others_work =
      !had_requests && &connection != probe_ &&
      std::any_of(slots_.begin(), slots_.end(), [](const auto& slot) { return slot->is_open(); });
  if (others_work) {
    // The handler serves, only not on more connections than these.
    widen_after_ = now + pauses_.after(1);
    return;
  }
  std::string text{to_string(failure)};
  if (!detail.empty()) text.append(": ").append(detail);
  note_failure(connection, why, std::move(text), now);
}

void target::finish(request& done, std::uint64_t& counter) {
  for (auto& event : done.events) {
    bytes_ -= event.memory_bytes();
    shared_.told.on_finished(event);
  }
  counter += done.events.size();
  scheduler_.settle(done);
}

void target::put_back(request& failed, runtime::time_point held_until, bool as_singles) {
  std::vector<events::event*> unwanted;
  for (auto& event : failed.events) {
    shared_.budget.wait_again(event);
    if (event.is_unwanted) unwanted.push_back(&event);
  }
  retried_ += failed.events.size();
  scheduler_.put_back(failed, held_until, as_singles);
  for (auto* event : unwanted) shared_.told.on_unwanted(*event);
}

void target::take_back(handler_connection& connection, runtime::time_point oldest_held_until) {
  while (request* newest = connection.take_newest()) {
    const bool is_oldest = connection.in_flight() == 0;
    put_back(*newest, is_oldest ? oldest_held_until : lane::not_held);
  }
}

bool target::ends_probe(const handler_connection& connection) noexcept {
  if (probe_ != &connection) return false;
  probe_ = nullptr;
  return true;
}

void target::note_success(handler_connection& connection, runtime::time_point now) {
  const auto down_for = now - health_.since();
  if (!health_.succeeded(ends_probe(connection), now)) return;
  shared_.events.handler_up(name_, down_for);
  shared_.told.on_health(*this);
}

void target::note_failure(handler_connection& connection, const verdict& why, std::string text,
                          runtime::time_point now) {
  if (!health_.failed(why, std::move(text), ends_probe(connection), now)) return;
  shared_.events.handler_down(name_, health_.last_error());
  shared_.told.on_health(*this);
}

void target::report_misconfigured(int status, runtime::time_point now) {
  constexpr std::chrono::minutes interval{1};
  const bool is_first = misconfigured_told_ == runtime::time_point::min();
  if (!is_first && now - misconfigured_told_ < interval) return;
  misconfigured_told_ = now;
  shared_.events.misconfigured(name_, status, misconfiguration_hint(status));
}

}  // namespace gatehouse::delivery
