#include "target.hpp"

#include <gatehouse/runtime/wall_clock.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace gatehouse::delivery {

namespace {

/// Between the attempts of an event that fails while its handler is up.
constexpr std::chrono::minutes longest_lane_pause{1};

std::size_t class_of(int status) {
  constexpr int known_classes = 5;
  const int hundreds = status / 100;
  return hundreds < 1 || hundreds > known_classes ? 0 : static_cast<std::size_t>(hundreds);
}

std::string status_text(int status) {
  return "HTTP status " + std::to_string(status);
}

}  // namespace

std::span<std::string_view> target::encode(request& to_send) {
  for (auto& event : to_send.events) ++event.attempts;
  return encoder_->encode(to_send, encoder_->is_signing() ? runtime::unix_seconds_now() : 0);
}

/// Hot path: once per request.
void target::answered(handler_connection& connection, request& done, const answer& got,
                      runtime::time_point now) {
  const auto verdict =
      judge(got.status, got.retry_after, got.retry_after.empty() ? 0 : runtime::unix_seconds_now());
  counted_.request_time.add(connection.last_took());
  ++counted_.answers[class_of(got.status)];
  switch (verdict.what) {
    case decision::delivered:
      deliver(connection, done, now);
      break;
    case decision::refused:
      refuse(connection, done,
             {got.status, "the handler answered with " + status_text(got.status), got.body}, now);
      break;
    case decision::misconfigured:
      report_misconfigured(got.status, misconfiguration_hint(got.status), now);
      [[fallthrough]];
    case decision::retry:
      fail(connection, done, verdict, status_text(got.status), now);
      break;
  }
}

void target::concluded(handler_connection& connection, request& done, const conclusion& got,
                       runtime::time_point now) {
  if (got.status != 0) counted_.request_time.add(connection.last_took());
  ++counted_.answers[class_of(got.status)];
  switch (got.judged.what) {
    case decision::delivered:
      return deliver(connection, done, now);
    case decision::refused:
      if (!got.is_oversized) return refuse(connection, done, {got.status, got.text, {}}, now);
      note_success(connection, now);
      return set_aside(done, {got.status, got.text, {}});
    case decision::misconfigured:
    case decision::retry:
      if (got.judged.is_down_at_once) return await_stream(connection, done, got, now);
      fail(connection, done, got.judged, got.text, now);
  }
}

/// The stream is away, or full, which says nothing about the event, however often.
void target::await_stream(handler_connection& connection, request& failed, const conclusion& why,
                          runtime::time_point now) {
  if (connection.in_flight() > 0) connection.close();
  take_back(connection);
  put_back(failed, lane::not_held);
  note_failure(connection, why.judged, why.text, now);
  // What is open was so because the stream was there: that has to be found out anew.
  for (auto& slot : slots_) {
    if (slot->is_idle()) slot->close();
  }
}

void target::deliver(handler_connection& connection, request& done, runtime::time_point now) {
  note_success(connection, now);
  refused_in_row_ = 0;
  for (const auto& event : done.events) {
    event.session->prefetch(event.seq);
    counted_.latency.add(now - event.received);
  }
  for (auto& event : done.events) {
    bytes_ -= event.memory_bytes();
    shared_.told.on_delivered(event);
  }
  counted_.delivered += done.events.size();
  served_ += static_cast<std::uint32_t>(done.events.size());
  scheduler_.settle(done);
}

/// So many in a row that the handler is more likely to be at fault than the events.
bool target::refuses_everything() const noexcept {
  const int limit = shared_.chosen.handlers.refused_limit;
  return limit > 0 && refused_in_row_ >= limit;
}

void target::refuse(handler_connection& connection, request& done, refusal why,
                    runtime::time_point now) {
  if (done.events.size() > 1) {
    note_success(connection, now);
    if (connection.in_flight() > 0) connection.close();
    take_back(connection);
    put_back(done, lane::not_held, true);
    return;
  }
  if (refuses_everything()) {
    report_misconfigured(why.status,
                         "it refuses every event: check handlers.envelope and its limits", now);
    return fail(connection, done, {decision::misconfigured, true, std::nullopt},
                "it refuses everything, last: " + why.reason, now);
  }
  ++refused_in_row_;
  note_success(connection, now);  // it works: it has looked at the event and said no
  set_aside(done, std::move(why));
}

/// Counts the failure of what was asked first, if others were served meanwhile.
bool target::has_failed_by_itself(request& failed) {
  bool served_others = false;
  for (auto& event : failed.events) {
    if (event.served_before == served_) continue;
    event.served_before = served_;
    ++event.failures;
    served_others = true;
  }
  return served_others;
}

/// What becomes of the request that a failure is about.
void target::blame(request& failed, const std::string& text, bool holds_lane,
                   runtime::time_point now) {
  const bool is_single = failed.events.size() == 1;
  const bool by_itself = has_failed_by_itself(failed);
  const auto failures = failed.events.front().failures;
  const auto limit = static_cast<std::uint32_t>(shared_.chosen.handlers.poison_attempts);
  if (by_itself && is_single && limit > 0 && failures >= limit) {
    return set_aside(failed, {0,
                              "it failed " + std::to_string(failures) +
                                  " times while the handler served others, last: " + text,
                              {}});
  }
  const auto pause = pause_after(static_cast<int>(failures), longest_lane_pause);
  // Of a batch one event may be what the handler cannot digest: singly, it shows which.
  put_back(failed, holds_lane ? now + pause : lane::not_held, by_itself && !is_single);
}

void target::fail(handler_connection& connection, request& failed, const verdict& why,
                  std::string text, runtime::time_point now) {
  // What was sent after it must not overtake it: those requests start again too.
  if (connection.in_flight() > 0) connection.close();
  take_back(connection);
  blame(failed, text, health_.is_up() && !why.is_down_at_once, now);
  note_failure(connection, why, std::move(text), now);
}

void target::lost(handler_connection& connection, transport_failure failure,
                  std::string_view detail) {
  const auto now = runtime::clock::now();
  const auto why = judge(failure);
  std::string text{to_string(failure)};
  if (!detail.empty()) text.append(": ").append(detail);
  const bool had_requests = connection.in_flight() > 0;
  counted_.answers[0] += connection.in_flight();
  const bool holds_lane = health_.is_up() && !why.is_down_at_once;
  while (request* newest = connection.take_newest()) {
    if (connection.in_flight() > 0 || is_stopping_) {
      put_back(*newest, lane::not_held);
    } else {
      blame(*newest, text, holds_lane, now);
    }
  }
  if (is_stopping_) return;
  const bool others_work =
      !had_requests && &connection != probe_ &&
      std::any_of(slots_.begin(), slots_.end(), [](const auto& slot) { return slot->is_open(); });
  if (others_work) {
    // The handler serves, only not on more connections than these.
    widen_after_ = now + pause_after(1, shared_.chosen.queue.retry_max);
    return;
  }
  note_failure(connection, why, std::move(text), now);
}

void target::set_aside(request& done, refusal why) {
  const events::event& event = done.events.front();
  bytes_ -= event.memory_bytes();
  ++counted_.refused;
  why.url = name_;
  const std::string id = event_id(event);
  shared_.events.refused({name_, shared_.types.name(event.type), id, event.shard_id(), why.status,
                          why.reason, why.answer, event.body().size()});
  shared_.told.on_refused(scheduler_.settle_and_keep(done), why);
}

void target::put_back(request& failed, runtime::time_point held_until, bool as_singles) {
  std::vector<events::event*> returned;
  for (auto& event : failed.events) returned.push_back(&event);
  std::for_each(returned.rbegin(), returned.rend(),
                [this](auto* event) { shared_.budget.wait_again(*event); });
  counted_.retried += returned.size();
  scheduler_.put_back(failed, held_until, as_singles);
  for (auto* event : returned) {
    if (event->is_unwanted) shared_.told.on_unwanted(*event);
  }
}

void target::take_back(handler_connection& connection) {
  while (request* newest = connection.take_newest()) put_back(*newest, lane::not_held);
}

bool target::ends_probe(const handler_connection& connection) noexcept {
  if (probe_ != &connection) return false;
  probe_ = nullptr;
  return true;
}

void target::note_success(handler_connection& connection, runtime::time_point now) {
  const auto down_for = now - health_.since();
  if (!health_.succeeded(ends_probe(connection), now)) return;
  scheduler_.release_all_held();
  shared_.events.handler_up(name_, down_for);
  shared_.told.on_health(*this);
}

void target::note_failure(handler_connection& connection, const verdict& why, std::string text,
                          runtime::time_point now) {
  if (!health_.failed(why, std::move(text), ends_probe(connection), now)) return;
  shared_.events.handler_down(name_, health_.last_error());
  shared_.told.on_health(*this);
}

void target::report_misconfigured(int status, std::string_view hint, runtime::time_point now) {
  constexpr std::chrono::minutes interval{1};
  const bool is_first = misconfigured_told_ == runtime::time_point::min();
  if (!is_first && now - misconfigured_told_ < interval) return;
  misconfigured_told_ = now;
  shared_.events.misconfigured(name_, status, hint);
}

}  // namespace gatehouse::delivery
