#include "answering_log.hpp"

#include <gatehouse/interactions/callback.hpp>
#include <gatehouse/interactions/callback_responder.hpp>
#include <gatehouse/rest/rest_client.hpp>
#include <gatehouse/runtime/wall_clock.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <deque>
#include <exception>
#include <list>
#include <utility>

namespace gatehouse::interactions {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using delivery::responder_answer;
using runtime::clock;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);
constexpr const char* stopped = "stopped before there was an answer";

callback_answer view(const net::http_result& response) {
  if (!response) {
    return {.error = response.error().error, .may_have_arrived = response.error().may_have_arrived};
  }
  return {.status = response->status,
          .retry_after = response->header("Retry-After"),
          .body = response->body};
}

}  // namespace

class callback_responder::impl : public std::enable_shared_from_this<impl> {
 public:
  impl(asio::any_io_executor executor, const options& chosen, telemetry::logger log,
       runtime::random_source random)
      : executor_(std::move(executor)),
        settings_(chosen.interactions),
        window_(chosen.window),
        decisions_(chosen.decisions),
        log_(chosen.worker_id, log),
        random_(random),
        rest_(chosen.rest, chosen.discord, chosen.tls, std::move(log), std::move(random),
              {.max_connections = most_at_once}),
        summary_timer_(executor_) {}

  bool answer(const events::event& interaction, std::string_view url,
              std::function<void(responder_answer)> done);
  void set_settings(config::interaction_settings changed) { settings_ = std::move(changed); }
  void stop();
  void abandon();
  [[nodiscard]] bool is_quiet() const noexcept { return jobs_.empty() && !summary_pending_; }
  [[nodiscard]] const interactions::statistics& statistics() const noexcept { return counted_; }
  [[nodiscard]] const rest::request_counts& requests() const noexcept { return rest_.counts(); }

 private:
  /// One interaction until `done` is called for it.
  struct job {
    job(callback made, runtime::time_point since, std::function<void(responder_answer)> told,
        const asio::any_io_executor& executor)
        : what(std::move(made)), received(since), done(std::move(told)), timer(executor) {}

    callback what;
    runtime::time_point received;
    std::function<void(responder_answer)> done;
    asio::steady_timer timer;  ///< waits for a turn, then between tries
    bool has_turn = false;
    asio::cancellation_signal cancel;
  };
  using job_position = std::list<job>::iterator;

  [[nodiscard]] bool is_to_be_answered(const events::event& interaction, callback& made) const;
  awaitable<settled> run(job& mine);
  awaitable<settled> post(job& mine);
  awaitable<void> wait_for_turn(job& mine);
  void pass_turn();
  void finish(job_position ended, const settled& how);
  void count(const job& ended, const settled& how);
  void summarize_later();

  asio::any_io_executor executor_;
  config::interaction_settings settings_;
  time_window window_;
  const controllers::decision_points* decisions_;
  answering_log log_;
  runtime::random_source random_;
  rest::rest_client rest_;
  interactions::statistics counted_;
  std::list<job> jobs_;
  std::deque<job*> waiting_;
  std::size_t in_use_ = 0;
  asio::steady_timer summary_timer_;
  bool summary_pending_ = false;
  bool stopping_ = false;
};

bool callback_responder::impl::answer(const events::event& interaction, std::string_view url,
                                      std::function<void(responder_answer)> done) {
  if (stopping_ || !settings_.defer) return false;
  auto made = make_callback(interaction.payload(), settings_);
  if (!made || !is_to_be_answered(interaction, *made)) return false;
  if (log_.began(url) && !summary_pending_) summarize_later();
  if (jobs_.size() >= most_under_way) {
    ++counted_.failed;
    log_.failed(made->route, "too many interactions are being answered", clock::now());
    return false;
  }
  jobs_.emplace_back(*std::move(made), interaction.received, std::move(done), executor_);
  counted_.under_way = jobs_.size();
  const auto added = std::prev(jobs_.end());
  asio::co_spawn(
      executor_, run(*added),
      asio::bind_cancellation_slot(
          added->cancel.slot(),
          [self = shared_from_this(), added](const std::exception_ptr& thrown, const settled& how) {
            self->finish(added, how);
            if (thrown) std::rethrow_exception(thrown);
          }));
  return true;
}

/// Asks the library that decides, if there is one, and has the callback as it wants it.
bool callback_responder::impl::is_to_be_answered(const events::event& interaction,
                                                 callback& made) const {
  if (decisions_ == nullptr || !decisions_->decides_interaction()) return true;
  int type = made.type;
  auto decided = decisions_->queue_interaction(
      {interaction.shard_id(), interaction.payload(), made.body, !made.is_final_when_accepted},
      type);
  if (!decided.answer) return false;
  if (decided.body) replace_body(made, type, *std::move(decided.body));
  if (decided.delivers_later) made.is_final_when_accepted = !*decided.delivers_later;
  return true;
}

awaitable<settled> callback_responder::impl::run(job& mine) {
  // What was cancelled says so in its result, and `stopping_` tells why.
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await wait_for_turn(mine);
  if (!mine.has_turn) {
    co_return settled{outcome::failed, stopping_ ? stopped : "no connection became free in time"};
  }
  settled how = co_await post(mine);
  pass_turn();
  co_return how;
}

awaitable<void> callback_responder::impl::wait_for_turn(job& mine) {
  if (stopping_) co_return;
  if (in_use_ < most_at_once) {
    ++in_use_;
    mine.has_turn = true;
    co_return;
  }
  waiting_.push_back(&mine);
  mine.timer.expires_at(mine.received + window_.start_until);
  co_await mine.timer.async_wait(use_tuple);
  if (!mine.has_turn) std::erase(waiting_, &mine);
}

void callback_responder::impl::pass_turn() {
  if (waiting_.empty()) {
    --in_use_;
    return;
  }
  job& next = *waiting_.front();
  waiting_.pop_front();
  next.has_turn = true;
  next.timer.cancel();
}

awaitable<settled> callback_responder::impl::post(job& mine) {
  circumstances so_far;
  for (;; ++so_far.attempt) {
    if (stopping_) co_return settled{outcome::failed, stopped};
    if (clock::now() - mine.received > window_.start_until) {
      co_return settled{outcome::failed, "too old to be answered"};
    }
    const auto deadline = mine.received + window_.end;
    const auto response = co_await rest_.post(mine.what.route, mine.what.body, deadline);
    so_far.age = clock::now() - mine.received;
    so_far.random = random_();
    so_far.unix_now = runtime::unix_seconds_now();
    auto next = judge(view(response), so_far, window_);
    if (auto* const how = std::get_if<settled>(&next)) co_return std::move(*how);
    if (stopping_) co_return settled{outcome::failed, stopped};
    const auto& again = std::get<try_again>(next);
    so_far.may_have_arrived = again.may_have_arrived;
    mine.timer.expires_after(again.delay);
    co_await mine.timer.async_wait(use_tuple);
  }
}

void callback_responder::impl::finish(job_position ended, const settled& how) {
  count(*ended, how);
  const bool accepted = how.what == outcome::answered;
  const responder_answer answer{.deferred = accepted ? ended->what.deferred : 0,
                                .is_final = accepted && ended->what.is_final_when_accepted};
  const auto done = std::move(ended->done);
  jobs_.erase(ended);
  counted_.under_way = jobs_.size();
  if (stopping_ && jobs_.empty()) log_.summarize(counted_);
  if (done) done(answer);
}

void callback_responder::impl::count(const job& ended, const settled& how) {
  const auto now = clock::now();
  switch (how.what) {
    case outcome::answered:
      ++counted_.answered.at(static_cast<std::size_t>(ended.what.type));
      counted_.age_sum += now - ended.received;
      counted_.age_max = std::max(counted_.age_max, now - ended.received);
      break;
    case outcome::already_acknowledged:
      ++counted_.already_acknowledged;
      break;
    case outcome::unknown_interaction:
      ++counted_.unknown;
      break;
    case outcome::failed:
      ++counted_.failed;
      log_.failed(ended.what.route, how.reason, now);
      break;
  }
}

/// Goes on as long as there is something to tell, or connections wait to be closed.
void callback_responder::impl::summarize_later() {
  summary_pending_ = true;
  summary_timer_.expires_after(answering_log::interval);
  summary_timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    self->summary_pending_ = false;
    if (error || self->stopping_) return;
    const bool goes_on = self->log_.summarize(self->counted_);
    const bool has_connections = self->rest_.close_idle() > 0;
    if (goes_on || has_connections) self->summarize_later();
  });
}

void callback_responder::impl::stop() {
  if (std::exchange(stopping_, true)) return;
  summary_timer_.cancel();
  for (auto& each : jobs_) each.cancel.emit(asio::cancellation_type::terminal);
  if (jobs_.empty()) log_.summarize(counted_);
}

void callback_responder::impl::abandon() {
  for (auto& each : jobs_) each.done = nullptr;
  stop();
}

callback_responder::callback_responder(asio::any_io_executor executor, const options& chosen,
                                       telemetry::logger log, runtime::random_source random)
    : impl_(
          std::make_shared<impl>(std::move(executor), chosen, std::move(log), std::move(random))) {}

callback_responder::~callback_responder() {
  impl_->abandon();
}

bool callback_responder::answer(const events::event& interaction, std::string_view url,
                                std::function<void(responder_answer)> done) {
  return impl_->answer(interaction, url, std::move(done));
}

void callback_responder::set_settings(config::interaction_settings changed) {
  impl_->set_settings(std::move(changed));
}

void callback_responder::stop() {
  impl_->stop();
}

bool callback_responder::is_quiet() const noexcept {
  return impl_->is_quiet();
}

const interactions::statistics& callback_responder::statistics() const noexcept {
  return impl_->statistics();
}

const rest::request_counts& callback_responder::requests() const noexcept {
  return impl_->requests();
}

}  // namespace gatehouse::interactions
