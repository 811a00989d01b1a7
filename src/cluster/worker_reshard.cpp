#include <gatehouse/cluster/worker.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <numeric>
#include <utility>

/// The part of a worker that concerns two generations of shards; reshard.hpp leads, and
/// generation_switch decides about every event.
namespace gatehouse::cluster {
namespace {

namespace asio = boost::asio;

constexpr runtime::milliseconds report_period{200};
constexpr runtime::milliseconds drain_look{2};
/// For handlers that work to take what is queued: they should not have to wait for the disk.
constexpr runtime::milliseconds drain_patience{400};
constexpr runtime::milliseconds left_look{50};
/// For answers of Discord that somebody waits for on a shard that is to end.
constexpr runtime::seconds answer_grace{30};

}  // namespace

void worker::handle(begin_reshard message) {
  if (now_in_ != phase::running) return;
  coming_ = message.coming;
  generation_switch::callbacks to;
  to.tell = [this](std::vector<events::forwarded_copy> copies) {
    services_.to_manager(events_forwarded{id_, std::move(copies)});
  };
  to.on_unsaid = [this] {
    asio::post(context_, [this] {
      if (switch_) switch_->flush();
    });
  };
  switch_ = std::make_unique<generation_switch>(pipeline_, serving_, coming_, std::move(to));
  for (const auto& [key, held] : shards_) switch_->expect(key, held->status().total_shards);
  shard_services_.tap = switch_.get();
  report_reshard();
}

void worker::report_reshard() {
  if (!switch_ || now_in_ != phase::running) return;
  switch_->expire(runtime::clock::now());
  reshard_report report{id_,
                        {},
                        switch_->held_bytes(),
                        switch_->longest_lag(),
                        switch_->unmatched(),
                        switch_->comparisons()};
  for (const auto& [key, held] : shards_) {
    if (key.generation != coming_) continue;
    const auto status = held->status();
    report.shards.push_back({status.shard_id, status.state == gateway::shard_state::connected,
                             status.guilds, status.loading_guilds});
  }
  services_.to_manager(std::move(report));
  report_timer_.expires_after(report_period);
  report_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) report_reshard();
  });
}

void worker::handle(compare_generations message) {
  if (switch_) switch_->compare(message.window, runtime::clock::now());
}

void worker::handle(const forwarded_elsewhere& message) {
  if (switch_) switch_->on_forwarded_elsewhere(*message.copies);
}

void worker::handle(stop_forwarding) {
  if (!switch_) return;
  switch_->stop_forwarding(runtime::clock::now());
  is_draining_ = true;
  draining_since_ = runtime::clock::now();
  dispatcher_->write_soon(true);
  check_drained();
}

/// Everything forwarded so far has to be delivered before the new generation may go on with the
/// same guilds, perhaps on another worker. Where a handler does not take it, that holds for this
/// handler's events alone, and it is enough that the disk has them: their sessions are about to
/// end.
void worker::check_drained() {
  if (!switch_ || !switch_->is_stopped() || !is_draining_) return;
  const bool has_patience = runtime::clock::now() < draining_since_ + drain_patience;
  if (dispatcher_->undelivered().empty() || (!has_patience && is_undelivered_safe())) {
    if (auto sessions = take_coming_sessions()) {
      switched_ = *sessions;
      left_.clear();
      for (auto& queue : dispatcher_->busy_queues()) {
        left_.push_back({id_, queue.shard_id, std::move(queue.url)});
      }
      left_position_ = dispatcher_->newest_position();
      services_.to_manager(worker_drained{id_, std::move(*sessions), left_});
      return;
    }
  }
  drain_timer_.expires_after(drain_look);
  drain_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) check_drained();
  });
}

bool worker::is_undelivered_safe() const {
  const auto counts = dispatcher_->undelivered();
  return std::all_of(counts.begin(), counts.end(),
                     [](const auto& entry) { return entry.second.safe == entry.second.all; });
}

/// Nothing while one of them has no session.
std::optional<std::vector<storage::session_change>> worker::take_coming_sessions() {
  std::vector<storage::session_change> sessions;
  for (const auto& [key, held] : shards_) {
    if (key.generation != coming_) continue;
    held->forget_checkpoint();
    auto change = held->take_checkpoint();
    if (!change || !change->position) return std::nullopt;
    sessions.push_back(std::move(*change));
  }
  return sessions;
}

void worker::handle(go_on_forwarding) {
  is_draining_ = false;
  dispatcher_->write_soon(false);
  drain_timer_.cancel();
  if (switch_) switch_->go_on();
}

void worker::handle(const serve_generation& message) {
  is_draining_ = false;
  dispatcher_->write_soon(false);
  wait_for_left(message);
  serving_ = message.generation;
  shard_services_.serving_generation = serving_;
  if (switch_) switch_->serve(runtime::clock::now());
  for (const auto& stored : std::exchange(switched_, {})) {
    const auto found = shards_.find({stored.shard_id, serving_});
    if (found != shards_.end()) found->second->on_checkpoint(stored, true);
  }
}

/// A guild's new shard goes on where its old one has ended, handler by handler. In the old shard's
/// own queue it does so anyway.
void worker::wait_for_left(const serve_generation& message) {
  if (services_.settings->handlers.lane_ordering != config::ordering::none) {
    // Two shards of different totals have guilds in common if their numbers agree modulo this.
    const int common = std::gcd(message.from_shards, message.to_shards);
    for (const auto& [key, held] : shards_) {
      if (key.generation != message.generation) continue;
      for (const auto& left : message.left) {
        const bool is_own = left.worker_id == id_ && left.shard_id == key.shard_id;
        if (is_own || left.shard_id % common != key.shard_id % common) continue;
        const delivery::dispatcher::queue_name queue{key.shard_id, left.url};
        auto& waits_for = waiting_for_left_[queue];
        if (waits_for.empty()) dispatcher_->hold_back(queue);
        waits_for.insert(left);
      }
    }
  }
  if (!left_.empty()) watch_left();
}

void worker::watch_left() {
  left_delivered gone;
  std::erase_if(left_, [&](const left_queue& left) {
    if (dispatcher_->has_older({left.shard_id, left.url}, left_position_)) return false;
    gone.queues.push_back(left);
    return true;
  });
  if (!gone.queues.empty()) services_.to_manager(std::move(gone));
  if (left_.empty()) return;
  left_timer_.expires_after(left_look);
  left_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) watch_left();
  });
}

void worker::handle(const left_delivered& message) {
  for (auto waiting = waiting_for_left_.begin(); waiting != waiting_for_left_.end();) {
    for (const auto& gone : message.queues) waiting->second.erase(gone);
    if (waiting->second.empty()) {
      dispatcher_->let_go(waiting->first);
      waiting = waiting_for_left_.erase(waiting);
    } else {
      ++waiting;
    }
  }
}

void worker::handle(end_generation message) {
  for (const auto& [key, held] : shards_) {
    if (key.generation == message.generation) end_shard(key);
  }
}

void worker::end_shard(gateway::shard_key shard) {
  if (!ending_.insert(shard).second) return;
  asio::co_spawn(context_, end_when_quiet(shard), [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
  });
}

/// Answers of Discord are to come on it, or commands are still to go out.
bool worker::is_waited_for(gateway::shard_key shard) const {
  const auto& asked = *shards_.at(shard);
  return asked.has_pending_requests() || asked.status().outgoing > 0;
}

asio::awaitable<void> worker::end_when_quiet(gateway::shard_key shard) {
  const auto deadline = runtime::clock::now() + answer_grace;
  asio::steady_timer timer{context_};
  bool is_busy = is_waited_for(shard);
  while (is_busy && runtime::clock::now() < deadline) {
    timer.expires_after(runtime::milliseconds{20});
    co_await timer.async_wait(asio::use_awaitable);
    is_busy = is_waited_for(shard);
  }
  if (now_in_ != phase::running) co_return;
  shards_.at(shard)->stop(gateway::close_ending_session);
  co_await remove_when_closed(shard);
}

void worker::handle(end_reshard) {
  shard_services_.tap = nullptr;
  switch_.reset();
  report_timer_.cancel();
}

}  // namespace gatehouse::cluster
