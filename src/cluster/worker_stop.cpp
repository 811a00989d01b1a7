#include <gatehouse/cluster/worker.hpp>

#include <algorithm>
#include <utility>

/// How a worker ends: connections are closed, requests under way end, queue and sessions are
/// written, then nothing is left to do.
namespace gatehouse::cluster {
namespace {

constexpr runtime::milliseconds look_again{10};
/// After the delivery's end, for the sessions to reach the disk.
constexpr runtime::milliseconds save_grace{1'000};

}  // namespace

void worker::handle(stop_worker message) {
  if (now_in_ != phase::running) return;
  now_in_ = phase::delivering;
  checkpoint_timer_.cancel();
  metrics_timer_.cancel();
  new_shard_timer_.cancel();
  report_timer_.cancel();
  drain_timer_.cancel();
  left_timer_.cancel();
  while (!unstored_.empty()) let_go_of_stored(unstored_.begin()->first);
  for (const auto& [key, held] : shards_) {
    // A set that does not serve yet would never be resumed.
    const bool is_kept = key.generation == serving_ || message.is_undecided;
    held->stop(is_kept ? message.close_code : gateway::close_ending_session);
  }
  is_draining_ = message.is_undecided;
  dispatcher_->begin_stop(message.deadline, [this] {
    now_in_ = phase::saving;
    delivery_log_.summarize(runtime::clock::now(), true);
    responder_.stop();
    stop_deadline_ = runtime::clock::now() + save_grace;
    checkpoint();
    check_stopped();
  });
}

bool worker::has_connections() const {
  return std::any_of(shards_.begin(), shards_.end(),
                     [](const auto& entry) { return entry.second->has_connections(); });
}

/// Connections end by themselves within `ws_connection::close_grace`; then the thread may end.
void worker::check_stopped() {
  if (now_in_ != phase::saving) return;
  const bool is_saved = saves_ == 0 || runtime::clock::now() >= stop_deadline_;
  if (!is_saved || has_connections() || !responder_.is_quiet()) return wait_a_moment();
  now_in_ = phase::stopped;
  guard_.reset();
}

void worker::wait_a_moment() {
  stop_timer_.expires_after(look_again);
  stop_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) check_stopped();
  });
}

}  // namespace gatehouse::cluster
