#include "target.hpp"

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
      batch_max_events_(static_cast<std::size_t>(shared.chosen.handlers.batch_max_events)),
      sweep_period_(std::clamp<runtime::duration>(shared.chosen.handlers.timeout / 8,
                                                  runtime::milliseconds{50},
                                                  runtime::milliseconds{250})),
      connection_context_{shared.io,
                          to_,
                          shared.chosen.tls,
                          shared.read_buffer,
                          shared.write_buffer,
                          static_cast<std::size_t>(shared.chosen.handlers.pipeline_depth),
                          shared.chosen.handlers.timeout},
      encoder_(to_, encoder_options(shared.chosen)),
      pauses_(shared.chosen.queue.retry_initial, shared.chosen.queue.retry_max, shared.random),
      health_(pauses_, runtime::clock::now()),
      scheduler_(shared.chosen.handlers.lane_ordering, connection_context_.depth,
                 slot_count(shared.chosen.handlers)),
      timer_(shared.io) {
  handler_connection::owner& self = *this;
  for (std::size_t i = 0; i < slot_count(shared.chosen.handlers); ++i) {
    slots_.push_back(std::make_unique<handler_connection>(connection_context_, self, i));
    cold_.push_back(*slots_.back());
  }
}

target::~target() = default;

void target::push(events::event_ptr added) {
  bytes_ += added->memory_bytes();
  scheduler_.push(std::move(added));
}

events::event_ptr target::discard(events::event& unwanted) {
  bytes_ -= unwanted.memory_bytes();
  return scheduler_.discard(unwanted);
}

events::event_ptr target::evict(events::event& newest) {
  bytes_ -= newest.memory_bytes();
  return scheduler_.evict(newest);
}

void target::push_loaded(events::event_ptr loaded) {
  bytes_ += loaded->memory_bytes();
  scheduler_.push_loaded(std::move(loaded));
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
  if (scheduler_.spooled() > 0) shared_.told.on_room(*this);
}

void target::pump_bound(runtime::time_point now) {
  for (auto& connection : slots_) {
    if (!scheduler_.has_bound(connection->index()) || !connection->has_room()) continue;
    for (std::size_t room = connection->room();
         room > 0 && scheduler_.has_bound(connection->index()); --room) {
      take(*connection, batch_max_events_);
    }
    send_taken(*connection, now);
    place(*connection);
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
    place(connection);
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
    place(connection);
  }
}

void target::start_probe(runtime::time_point now) {
  if (!health_.probe_is_due(now) || !scheduler_.has_ready()) return;
  if (idle_.empty() && cold_.empty()) return;
  health_.begin_probe();
  probe_ = idle_.empty() ? &cold_.front() : &idle_.front();
  if (probe_->is_open()) {
    send_one(*probe_, now);
  } else {
    probe_->connect();
  }
  place(*probe_);
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

/// Puts a connection where its state belongs.
void target::place(handler_connection& connection) {
  connection.unlink();
  if (connection.can_connect()) {
    cold_.push_front(connection);
  } else if (!connection.has_room()) {
    return;
  } else if (connection.is_idle()) {
    idle_.push_front(connection);
  } else {
    busy_.push_back(connection);
  }
}

void target::opened(handler_connection& connection) {
  place(connection);
  const auto now = runtime::clock::now();
  if (&connection == probe_ && connection.is_idle()) {
    if (scheduler_.has_ready() && !is_stopping_) {
      send_one(connection, now);
      place(connection);
    } else {
      probe_ = nullptr;
      health_.abandon_probe();
    }
  }
  pump(now);
}

void target::progressed(handler_connection& connection, runtime::time_point now) {
  if (is_stopping_ && connection.is_idle()) connection.close();
  place(connection);
  pump(now);
}

void target::operation_ended() {
  --operations_;
  if (is_stopping_ && operations_ == 0) shared_.told.on_quiet();
}

void target::close_surplus(runtime::time_point now) {
  while (!idle_.empty() && &idle_.front() != &idle_.back()) {
    handler_connection& oldest = idle_.back();
    if (now - oldest.waiting_since() < idle_limit) return;
    oldest.close();
    place(oldest);
  }
}

runtime::time_point target::next_wake(runtime::time_point now) const {
  auto wake = scheduler_.next_release();
  if (scheduler_.under_way() > 0) {
    wake = std::min(wake, now + sweep_period_);
  } else if (!idle_.empty()) {
    wake = std::min<runtime::time_point>(wake, now + idle_check);
  }
  if (!scheduler_.has_ready()) return wake;
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
    take_back(*connection, lane::not_held);
  }
  timer_.cancel();
}

target_status target::status(runtime::time_point now) const {
  target_status result;
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
  result.delivered = delivered_;
  result.retried = retried_;
  result.refused = refused_;
  result.latency = latency_;
  return result;
}

}  // namespace gatehouse::delivery
