#include <gatehouse/cluster/worker.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

/// The part of a worker that concerns two generations of shards; reshard.hpp leads, and
/// generation_switch decides about every event.
namespace gatehouse::cluster {
namespace {

namespace asio = boost::asio;

constexpr runtime::milliseconds report_period{200};
constexpr runtime::milliseconds drain_look{2};
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
  shard_services_.tap = switch_.get();
  report_reshard();
}

void worker::report_reshard() {
  if (!switch_ || now_in_ != phase::running) return;
  reshard_report report{id_, {}, switch_->held_bytes(), switch_->longest_lag()};
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
  check_drained();
}

/// Everything forwarded so far has to be delivered before the new generation may go on with the
/// same guilds, perhaps on another worker.
void worker::check_drained() {
  if (!switch_ || !switch_->is_stopped() || !is_draining_) return;
  if (dispatcher_.undelivered().empty()) {
    if (auto sessions = take_coming_sessions()) {
      switched_ = *sessions;
      services_.to_manager(worker_drained{id_, std::move(*sessions)});
      return;
    }
  }
  drain_timer_.expires_after(drain_look);
  drain_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) check_drained();
  });
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
  drain_timer_.cancel();
  if (switch_) switch_->go_on();
}

void worker::handle(serve_generation message) {
  is_draining_ = false;
  serving_ = message.generation;
  if (switch_) switch_->serve(runtime::clock::now());
  for (const auto& stored : std::exchange(switched_, {})) {
    const auto found = shards_.find({stored.shard_id, serving_});
    if (found != shards_.end()) found->second->on_checkpoint(stored, true);
  }
}

void worker::handle(end_generation message) {
  std::vector<storage::session_change> ended;
  for (const auto& [key, held] : shards_) {
    if (key.generation != message.generation) continue;
    if (key.generation == serving_) ended.push_back({key.shard_id, std::nullopt, {}});
    end_shard(key);
  }
  save(std::move(ended));
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
