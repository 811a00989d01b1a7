#include "question.hpp"

#include <gatehouse/cluster/manager.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <utility>

namespace gatehouse::cluster {
namespace {

namespace asio = boost::asio;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);
/// For timers that serve as events: they end by being cancelled.
constexpr auto never = runtime::time_point::max();
/// Before the limit is asked for again.
constexpr runtime::seconds limit_pause{10};
/// What a worker may take beyond the grace to report its end.
constexpr runtime::milliseconds report_grace{1'000};

}  // namespace

manager::manager(asio::io_context& context, manager_services services)
    : context_(context),
      services_(std::move(services)),
      inquiry_([this] { return services_.rest.try_gateway_bot(); },
               services_.settings->rest.authorization.empty()
                   ? rest::authorization_kind::bot_token
                   : rest::authorization_kind::proxy_secret),
      identifies_(context, services_.settings->gateway.spawn_shard_delay, services_.decisions,
                  services_.log, identify_callbacks()),
      stop_event_(context, never),
      stopped_event_(context, never),
      retired_event_(context, never),
      reshard_timer_(context),
      saved_event_(context, never),
      figures_timer_(context) {}

manager::~manager() = default;

identify_service::callbacks manager::identify_callbacks() {
  identify_service::callbacks to;
  to.describe = [this](gateway::shard_key shard) { return identify_of(shard); };
  to.grant = [this](gateway::identify_grant given) {
    worker_for(place(given.shard.shard_id)).post(identify_granted{given});
  };
  to.ask_limit = [this] { asio::co_spawn(context_, ask_limit(), asio::detached); };
  if (auto* store = services_.persistence.sessions()) {
    to.store = [store](auto newest) { store->save_identifies(std::move(newest)); };
  }
  return to;
}

identify_question manager::identify_of(gateway::shard_key key) const {
  const bool is_reshard = key.generation != serving_;
  const int total = is_reshard && reshard_ ? reshard_->plan().to_shards : total_shards_;
  return {key.shard_id, total, is_reshard};
}

asio::awaitable<boost::system::result<gateway_answer, std::string>> manager::ask_gateway() {
  using namespace asio::experimental::awaitable_operators;
  auto first = co_await (inquiry_.ask() || wait_for_stop());
  if (first.index() == 1) co_return std::string{"the daemon stops"};
  co_return std::move(std::get<0>(first));
}

/// Before a new period of identifies.
asio::awaitable<void> manager::ask_limit() {
  const auto told = co_await ask_gateway();
  if (told) {
    learn(*told);
  } else {
    services_.log->warn("identifies wait for the limit of the next period: {}", told.error());
    identifies_.ask_again(std::max(runtime::clock::now() + limit_pause, inquiry_.not_before()));
  }
}

asio::awaitable<run_result> manager::run() {
  publish_figures();
  start_queues();
  co_await start_from_stored();
  const auto bot = co_await fetch_gateway_bot();
  if (bot && start_shards(*bot)) co_await watch();
  co_await finish_saving();
  co_await stop_workers();
  co_return result_;
}

void manager::request_stop() {
  end(run_result::stopped);
}

void manager::end(run_result result) {
  if (std::exchange(stopping_, true)) return;
  result_ = result;
  stop_event_.cancel();
  retired_event_.cancel();
}

/// The long time between start and stop.
asio::awaitable<void> manager::watch() {
  using namespace asio::experimental::awaitable_operators;
  while (!stopping_) {
    co_await (wait_for_stop() || watch_fullness());
    if (needs_more_shards_ && !stopping_) co_await replan();
  }
}

asio::awaitable<void> manager::wait_for_stop() {
  while (!stopping_ && !needs_more_shards_) co_await stop_event_.async_wait(use_tuple);
}

/// Asks until there is an answer; nothing when it was stopped or refused meanwhile.
asio::awaitable<std::optional<gateway_answer>> manager::fetch_gateway_bot() {
  using namespace asio::experimental::awaitable_operators;
  // Shards that could be resumed work without the answer.
  const bool is_waited_for =
      worker_of_shard_.empty() || worker_of_shard_.size() < services_.board.progress().total;
  if (is_waited_for) services_.board.set_phase("waiting for GET /gateway/bot");
  const auto asked_at = runtime::clock::now();
  auto first = co_await (services_.rest.get_gateway_bot([&](const std::string& what) {
    if (is_waited_for) services_.board.set_phase("waiting for GET /gateway/bot: " + what);
  }) || wait_for_stop());
  if (first.index() == 1) co_return std::nullopt;
  auto& answer = std::get<0>(first);
  if (answer) co_return gateway_answer{std::move(*answer), asked_at};
  if (answer.error().what == rest::gateway_bot_failure::kind::refused) {
    services_.log->critical("GET /gateway/bot: {}", answer.error().reason);
    end(run_result::refused);
  }
  co_return std::nullopt;
}

void manager::publish_figures() {
  services_.metrics.publish(manager_metrics{view_gate(), reshard_status(), revision_});
  figures_timer_.expires_after(metrics_board::period);
  figures_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopping_) publish_figures();
  });
}

void manager::apply(std::shared_ptr<const config::settings> changed,
                    const std::shared_ptr<const net::tls_context>& handler_tls, int revision) {
  const auto before = std::exchange(services_.settings, std::move(changed));
  if (handler_tls) services_.handler_tls = handler_tls;
  revision_ = revision;
  if (auto* spool = services_.persistence.spool()) {
    spool->set_limit(services_.settings->queue.spool_bytes);
  }
  for (auto& [id, held] : workers_) held->post(apply_settings{services_.settings, handler_tls});
  const auto& presence = services_.settings->discord.presence;
  if (presence == before->discord.presence) return;
  asio::co_spawn(context_, set_presence(presence.empty() ? "{\"status\":\"online\"}" : presence),
                 asio::detached);
}

int manager::place(int shard_id) {
  const auto known = places_.find(shard_id);
  if (known != places_.end()) return known->second;
  const int chosen =
      services_.decisions.worker_id({shard_id, services_.settings->gateway.total_workers});
  places_.emplace(shard_id, chosen);
  return chosen;
}

worker& manager::worker_for(int worker_id) {
  auto& held = workers_[worker_id];
  if (held) return *held;
  const auto mailbox = [this](manager_message message) {
    asio::post(context_,
               [this, message = std::move(message)]() mutable { receive(std::move(message)); });
  };
  held = std::make_unique<worker>(
      worker_id,
      worker_services{services_.settings, services_.discord_tls, services_.handler_tls,
                      services_.persistence, services_.metrics, services_.worker_log,
                      services_.user_agent, mailbox, services_.decisions},
      left_[worker_id]);
  left_.erase(worker_id);
  held->start();
  if (presence_) held->post(cluster::set_presence{0, *presence_});
  ++workers_running_;
  return *held;
}

asio::awaitable<void> manager::stop_workers() {
  using namespace asio::experimental::awaitable_operators;
  services_.board.set_phase("stopping");
  identifies_.stop();
  reshard_timer_.cancel();
  figures_timer_.cancel();
  const auto deadline = runtime::clock::now() + stop_grace;
  const bool is_undecided = reshard_ && reshard_->is_saving();
  for (auto& [id, held] : workers_)
    held->post(stop_worker{gateway::close_keeping_session, deadline, is_undecided});

  asio::steady_timer timer{context_, deadline + report_grace};
  while (workers_running_ > 0) {
    const auto first =
        co_await (stopped_event_.async_wait(use_tuple) || timer.async_wait(use_tuple));
    if (first.index() == 1) break;
  }
  if (workers_running_ > 0) {
    services_.log->error("{} workers did not stop in time; they are left behind", workers_running_);
  }
  abandon_questions();
}

asio::awaitable<bool> manager::all_workers_answer(runtime::time_point deadline) {
  question asked{context_};
  asked.missing = workers_.size();
  const auto nonce = ask(asked);
  for (auto& [id, held] : workers_) held->post(ping{nonce});
  co_await wait_for_answers(asked, deadline);
  questions_.erase(nonce);
  co_return asked.missing == 0;
}

std::uint64_t manager::ask(question& asked) {
  questions_.emplace(++last_nonce_, &asked);
  return last_nonce_;
}

asio::awaitable<void> manager::wait_for_answers(question& asked, runtime::time_point deadline) {
  asked.answered.expires_at(deadline);
  while (asked.missing > 0 && runtime::clock::now() < deadline) {
    co_await asked.answered.async_wait(use_tuple);
  }
}

}  // namespace gatehouse::cluster
