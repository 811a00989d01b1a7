#include "target.hpp"

#include <gatehouse/delivery/routing.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::delivery {

namespace {

constexpr runtime::seconds idle_limit{30};  // a connection that nothing was sent on
constexpr runtime::seconds idle_check{1};

std::size_t slot_count(const config::handler_settings& settings) {
  const int depth = settings.pipeline_depth;
  return static_cast<std::size_t>((settings.max_in_flight + depth - 1) / depth);
}

request_encoder::options encoder_options(const dispatcher::options& chosen) {
  const auto& handlers = chosen.handlers;
  return {chosen.user_agent, handlers.authorization, handlers.signing_secret, handlers.envelope,
          handlers.batch_max_events > 1};
}

}  // namespace

target::target(const context& shared, net::url to, std::uint16_t index)
    : shared_(shared),
      to_(std::move(to)),
      index_(index),
      name_(to_.to_string()),
      key_(routing::queue_name(to_)),
      connection_context_{shared.io,
                          to_,
                          nullptr,
                          shared.read_buffer,
                          shared.write_buffer,
                          static_cast<std::size_t>(shared.chosen.handlers.pipeline_depth),
                          {}},
      health_([this](int tries) { return pause_after(tries, shared_.chosen.queue.retry_max); },
              runtime::clock::now()),
      scheduler_(shared.chosen.handlers.lane_ordering, connection_context_.depth,
                 slot_count(shared.chosen.handlers)),
      timer_(shared.io),
      counted_(shared.counters[name_]) {
  if (to_.is_jetstream()) {
    auto& streams = *shared.chosen.streams;
    client_ = streams.engine().make_client(shared.io.get_executor());
    stream_context_.emplace(jetstream_connection::context{*client_,
                                                          {*client_, streams, to_.target},
                                                          streams.counters(),
                                                          shared.types,
                                                          to_.target,
                                                          connection_context_.depth});
  }
  for (std::size_t i = 0; i < slot_count(shared.chosen.handlers); ++i) {
    slots_.push_back(make_slot(i));
    places_.push_back(handler_connection::place::cold);
    cold_.push_back(*slots_.back());
  }
  apply();
}

target::~target() = default;

std::unique_ptr<handler_connection> target::make_slot(std::size_t index) {
  handler_connection::owner& self = *this;
  if (stream_context_) return std::make_unique<jetstream_connection>(*stream_context_, self, index);
  return std::make_unique<http_connection>(connection_context_, self, index);
}

bool target::is_same_shape(const config::handler_settings& before,
                           const config::handler_settings& after) noexcept {
  return before.lane_ordering == after.lane_ordering &&
         before.max_in_flight == after.max_in_flight &&
         before.pipeline_depth == after.pipeline_depth;
}

void target::apply() {
  const auto& handlers = shared_.chosen.handlers;
  // In a stream each event is a message of its own.
  batch_max_events_ = client_ ? 1 : static_cast<std::size_t>(handlers.batch_max_events);
  sweep_period_ = std::clamp<runtime::duration>(handlers.timeout / 8, runtime::milliseconds{50},
                                                runtime::milliseconds{250});
  connection_context_.tls = shared_.chosen.tls;
  connection_context_.timeout = handlers.timeout;
  if (!client_) encoder_.emplace(to_, encoder_options(shared_.chosen));
}

/// Its floor keeps bad luck from turning retries into a busy loop.
runtime::duration target::pause_after(int tries, runtime::duration most) const {
  const runtime::duration first = shared_.chosen.queue.retry_initial;
  return runtime::growing_pause(tries, first, most, shared_.random(), first / 4);
}

void target::push(events::event_ptr added) {
  bytes_ += added->memory_bytes();
  scheduler_.push(std::move(added));
}

events::event_ptr target::discard(events::event& unwanted) {
  bytes_ -= unwanted.memory_bytes();
  return scheduler_.discard(unwanted);
}

void target::pump(runtime::time_point now) {
  has_new_ = false;
  if (is_stopping_) return;
  scheduler_.release_held(now);
  if (health_.is_up()) {
    if (connection_context_.depth > 1) pump_bound(now);
    pump_ready(now);
  } else {
    start_probe(now);
  }
  arm(now);
  shared_.told.on_room();
}

void target::pump_bound(runtime::time_point now) {
  for (auto& connection : slots_) {
    if (!scheduler_.has_bound(connection->index()) || !connection->has_room()) continue;
    for (std::size_t room = connection->room();
         room > 0 && scheduler_.has_bound(connection->index()); --room) {
      take(*connection, batch_max_events_);
    }
    send_taken(*connection, now);
  }
}

void target::pump_ready(runtime::time_point now) {
  bool shares_connections = false;
  // With pipelining each connection takes an even share, all of it in one piece.
  std::size_t usable = connection_context_.depth > 1 ? idle_.size() + busy_.size() : 1;
  while (scheduler_.has_ready() && !(idle_.empty() && busy_.empty())) {
    shares_connections = idle_.empty();
    handler_connection& connection = idle_.empty() ? busy_.front() : idle_.front();
    std::size_t share = std::min(connection.room(), (ready_requests() + usable - 1) / usable);
    for (; share > 0 && scheduler_.has_ready(); --share) take(connection, batch_max_events_);
    send_taken(connection, now);
    if (usable > 1) --usable;
  }
  if (scheduler_.has_ready() || shares_connections) widen(now);
}

/// Opens connections for what found none with room.
void target::widen(runtime::time_point now) {
  if (cold_.empty() || now < widen_after_) return;
  auto dialing = static_cast<std::size_t>(
      std::count_if(slots_.begin(), slots_.end(), [](const auto& c) { return c->is_dialing(); }));
  const std::size_t wanted = std::max<std::size_t>(ready_requests(), 1);
  for (; dialing < wanted && !cold_.empty(); ++dialing) {
    handler_connection& connection = cold_.front();
    connection.connect();
  }
}

/// With nothing to send a connection that is accepted has to do: the next event shows the rest.
void target::start_probe(runtime::time_point now) {
  if (!health_.probe_is_due(now)) return;
  if (!scheduler_.has_ready() && cold_.empty() && !idle_.empty()) idle_.back().close();
  const bool may_send = scheduler_.has_ready() && !idle_.empty();
  if (!may_send && cold_.empty()) return;
  health_.begin_probe();
  probe_ = may_send ? &idle_.front() : &cold_.front();
  if (may_send) {
    send_one(*probe_, now);
  } else {
    probe_->connect();
  }
}

/// Its connection is there, or what it was to carry is gone.
void target::continue_probe(runtime::time_point now) {
  if (probe_ == nullptr || !probe_->is_idle()) return;
  if (scheduler_.has_ready() && !is_stopping_) return send_one(*probe_, now);
  note_success(*probe_, now);
}

/// How many it takes to send one event of each lane that could go.
std::size_t target::ready_requests() const noexcept {
  return (scheduler_.ready_lanes() + batch_max_events_ - 1) / batch_max_events_;
}

void target::take(handler_connection& connection, std::size_t max_events) {
  request* next = scheduler_.take(connection.index(), max_events);
  if (next == nullptr) return;
  for (auto& event : next->events) shared_.budget.start_delivery(event);
  taken_.push_back(next);
}

void target::send_taken(handler_connection& connection, runtime::time_point now) {
  if (!taken_.empty()) connection.send(taken_, now);
  taken_.clear();
}

void target::send_one(handler_connection& connection, runtime::time_point now) {
  take(connection, 1);
  send_taken(connection, now);
}

void target::moved(handler_connection& connection, handler_connection::place now_at) {
  auto& known = places_[connection.index()];
  if (known == now_at) return;
  known = now_at;
  connection.unlink();
  switch (now_at) {
    case handler_connection::place::cold:
      cold_.push_front(connection);
      break;
    case handler_connection::place::idle:
      idle_.push_front(connection);
      break;
    case handler_connection::place::busy:
      busy_.push_back(connection);
      break;
    case handler_connection::place::nowhere:
      break;
  }
}

void target::progressed(handler_connection& connection, runtime::time_point now) {
  if (is_stopping_ && connection.is_idle()) connection.close();
  if (&connection == probe_) continue_probe(now);
  pump(now);
}

void target::operation_ended() {
  --operations_;
  if (is_stopping_) shared_.told.on_quiet();
}

void target::close_surplus(runtime::time_point now) {
  while (!idle_.empty() && &idle_.front() != &idle_.back()) {
    handler_connection& oldest = idle_.back();
    if (now - oldest.waiting_since() < idle_limit) return;
    oldest.close();
  }
}

runtime::time_point target::next_wake(runtime::time_point now) const {
  auto wake = scheduler_.next_release();
  if (scheduler_.under_way() > 0) {
    wake = std::min(wake, now + sweep_period_);
  } else if (!idle_.empty()) {
    wake = std::min<runtime::time_point>(wake, now + idle_check);
  }
  if (!scheduler_.has_ready() && health_.is_up()) return wake;
  // What is due already but found no free connection is looked at again soon.
  const auto due = health_.is_up() ? widen_after_ : health_.next_probe();
  return std::min(wake, due > now ? due : now + sweep_period_);
}

void target::arm(runtime::time_point now) {
  const auto wake = next_wake(now);
  if (armed_for_ <= wake) return;
  armed_for_ = wake;
  operation_began();
  timer_.expires_at(wake);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) on_timer();
    operation_ended();
  });
}

void target::on_timer() {
  armed_for_ = runtime::time_point::max();
  const auto now = runtime::clock::now();
  for (auto& connection : slots_) {
    connection->check_deadline(now);
  }
  close_surplus(now);
  pump(now);
}

void target::begin_stop() {
  is_stopping_ = true;
  for (auto& connection : slots_) {
    connection->forbid_reconnect();
    if (connection->in_flight() == 0) connection->close();
  }
  timer_.cancel();
}

void target::close_all() {
  for (auto& connection : slots_) {
    connection->close();
    take_back(*connection);
  }
  timer_.cancel();
}

/// Work that waits although a connection has room for it, or that nothing will look at any more.
std::size_t target::count_forgotten(runtime::time_point now) {
  std::size_t forgotten = scheduler_.count_forgotten(true);
  for (auto& connection : slots_) {
    if (places_[connection->index()] == connection->where()) continue;
    ++forgotten;
    moved(*connection, connection->where());
  }
  const bool has_room = !idle_.empty() || !busy_.empty();
  if (health_.is_up() && scheduler_.has_ready() && has_room) ++forgotten;
  const bool needs_timer = has_requests() || scheduler_.has_ready() || !health_.is_up() ||
                           scheduler_.next_release() != runtime::time_point::max();
  const bool is_overdue = armed_for_ + runtime::seconds{1} < now;
  if (needs_timer && (is_overdue || armed_for_ == runtime::time_point::max())) {
    ++forgotten;
    armed_for_ = runtime::time_point::max();  // `pump` arms it anew
  }
  return forgotten;
}

void target::check_progress(runtime::time_point now) {
  if (is_stopping_ || has_new_) return;
  const auto forgotten = count_forgotten(now);
  if (forgotten == 0) return;
  if (counted_.stalls == 0) shared_.events.stalled(name_, scheduler_.waiting());
  counted_.stalls += forgotten;
  pump(now);
}

target_status target::status(runtime::time_point now) const {
  target_status result;
  static_cast<target_counters&>(result) = counted_;
  result.url = name_;
  result.state = health_.state();
  result.since = now - health_.since();
  result.last_error = health_.last_error();
  if (!health_.is_up()) {
    result.next_probe = std::max(health_.next_probe() - now, runtime::duration::zero());
  }
  result.queued = scheduler_.waiting();
  result.in_flight = scheduler_.under_way();
  result.bytes = bytes_;
  auto oldest = std::min(shared_.budget.oldest_arrival(index_), now);
  scheduler_.for_each_under_way(
      [&](const events::event& event) { oldest = std::min(oldest, event.received); });
  result.oldest_age = now - oldest;
  result.connections = static_cast<std::size_t>(
      std::count_if(slots_.begin(), slots_.end(), [](const auto& c) { return c->is_open(); }));
  return result;
}

}  // namespace gatehouse::delivery
