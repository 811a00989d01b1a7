#include <gatehouse/cluster/manager.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace gatehouse::cluster {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);
/// For timers that serve as events: they end by being cancelled.
constexpr auto never = runtime::time_point::max();
/// Before the limit is asked for again.
constexpr runtime::seconds limit_pause{10};
/// For a disk that has the sessions of a new set to write when everything stops.
constexpr runtime::seconds save_grace{1};
/// What a worker may take beyond the grace to report its end: the queue and the sessions are
/// written after it, each with a grace of its own.
constexpr runtime::milliseconds report_grace{3'300};

}  // namespace

manager::manager(asio::io_context& context, manager_services services)
    : context_(context),
      services_(std::move(services)),
      workers_(
          services_,
          [this](manager_message message) {
            asio::post(context_, [this, message = std::move(message)]() mutable {
              receive(std::move(message));
            });
          },
          [this](int worker_id) {
            const auto& presence = commands_.presence();
            if (presence) workers_.post(worker_id, set_presence{0, *presence});
          }),
      ours_(services_.settings->gateway),
      inquiry_([this] { return services_.rest.try_gateway_bot(); },
               rest::authorization_of(services_.settings->rest)),
      identifies_(context, services_.settings->gateway.spawn_shard_delay, services_.decisions,
                  services_.log, identify_callbacks()),
      commands_(context, workers_, serving_),
      startup_(parts(), ours_),
      reshards_(parts(), ours_, identifies_, [this] { return ask_gateway(); }),
      authority_(&identifies_),
      stop_event_(context, never),
      stopped_event_(context, never),
      figures_timer_(context) {
  make_fleet();
}

manager::~manager() = default;

shared_parts manager::parts() {
  return {context_,
          services_.settings,
          services_.board,
          services_.metrics,
          services_.log,
          services_.decisions,
          services_.persistence.sessions(),
          workers_,
          serving_};
}

identify_service::callbacks manager::identify_callbacks() {
  identify_service::callbacks to;
  to.describe = [this](gateway::shard_key shard) { return reshards_.describe(shard); };
  to.grant = [this](gateway::identify_grant given) {
    workers_.post_to_shard(given.shard.shard_id, identify_granted{given});
  };
  to.ask_limit = [this] { asio::co_spawn(context_, ask_limit(), asio::detached); };
  if (auto* store = services_.persistence.sessions()) {
    to.store = [store](auto newest) { store->save_identifies(std::move(newest)); };
  }
  return to;
}

asio::awaitable<run_result> manager::run() {
  publish_figures();
  workers_.start_queues();
  const bool is_up = co_await bring_up();  // GCC 12 goes wrong where this is a condition
  if (is_up) co_await watch();
  co_await reshards_.finish_saving(runtime::clock::now() + save_grace);
  co_await stop_workers();
  co_return result_;
}

/// False: everything is to stop.
asio::awaitable<bool> manager::bring_up() {
  if (fleet_) co_return co_await join_fleet();
  if (auto* store = services_.persistence.sessions()) {
    auto stored = store->take_found();
    identifies_.restore(stored.identifies);
    co_await startup_.resume(std::move(stored));
  }
  const auto told = co_await fetch_gateway_bot();
  if (!told) co_return false;
  learn(*told);
  const auto problem = startup_.start_rest(*told);
  if (!problem) co_return true;
  services_.log->critical("{}", *problem);
  end(run_result::failed);
  co_return false;
}

void manager::request_stop() {
  end(run_result::stopped);
}

void manager::end(run_result result) {
  if (std::exchange(stopping_, true)) return;
  result_ = result;
  commands_.close();
  reshards_.stop();
  startup_.stop();
  if (agent_) agent_->stop();
  stop_event_.cancel();
}

/// The long time between start and stop.
asio::awaitable<void> manager::watch() {
  while (!stopping_ && fleet_) co_await wait_for_stop();
  while (!stopping_) {
    co_await (wait_for_stop() || reshards_.watch());
  }
}

asio::awaitable<void> manager::wait_for_stop() {
  while (!stopping_) co_await stop_event_.async_wait(use_tuple);
}

/// Asks until there is an answer; nothing when it was stopped or refused meanwhile.
asio::awaitable<std::optional<gateway_answer>> manager::fetch_gateway_bot() {
  // Shards that could be resumed work without the answer.
  const bool is_waited_for = startup_.is_incomplete();
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

asio::awaitable<manager::bot_result> manager::ask_gateway() {
  auto first = co_await (inquiry_.ask() || wait_for_stop());
  if (first.index() == 1) co_return std::string{"the daemon stops"};
  auto& told = std::get<0>(first);
  if (told) learn(*told);
  co_return std::move(told);
}

/// Before a new period of identifies.
asio::awaitable<void> manager::ask_limit() {
  const auto told = co_await ask_gateway();
  if (told) co_return;
  services_.log->warn("identifies wait for the limit of the next period: {}", told.error());
  identifies_.ask_again(std::max(runtime::clock::now() + limit_pause, inquiry_.not_before()));
}

void manager::learn(const gateway_answer& told) {
  const auto& bot = told.bot;
  const auto& chosen = services_.settings->discord.gateway_url;
  serving_.gateway_url = chosen.empty() ? bot.url : chosen;
  if (auto* store = services_.persistence.sessions()) {
    store->save_gateway({bot.url, bot.shards, bot.max_concurrency});
  }
  identifies_.learn(told);
}

void manager::publish_figures() {
  report_progress();  // a reshard has changed it without a change of state
  services_.metrics.publish(manager_metrics{view_gate(), reshards_.status(), revision_,
                                            services_.rest.counts(), view_fleet()});
  figures_timer_.expires_after(metrics_board::period);
  figures_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopping_) publish_figures();
  });
}

void manager::report_progress() {
  const shard_progress now = services_.board.progress();
  if (now.total == 0) return;
  const bool connected = now.connected == now.total;
  std::string text =
      std::to_string(now.connected) + " of " + std::to_string(now.total) + " shards connected";
  if (text != told_progress_) services_.on_progress(told_progress_ = std::move(text));
  if (connected && !std::exchange(told_connected_, true)) {
    services_.log->info("all {} shards are connected", now.total);
  }
  if (!connected) told_connected_ = false;
}

void manager::expect_shards() {
  services_.board.expect_shards({serving_.ids.begin(), serving_.ids.end()});
}

asio::awaitable<std::optional<storage::stored_session>> manager::release_shard(
    int shard_id, runtime::time_point deadline) {
  auto session = co_await commands_.release(shard_id, deadline);
  if (!session || stopping_) co_return std::nullopt;
  serving_.ids.erase(shard_id);
  expect_shards();
  co_return session;
}

void manager::take_shard(storage::stored_session from) {
  const int shard_id = from.shard_id;
  startup_.start(shard_id, std::move(from));
  expect_shards();
}

void manager::apply(std::shared_ptr<const config::settings> changed,
                    const std::shared_ptr<const net::tls_context>& handler_tls, int revision) {
  const auto before = std::exchange(services_.settings, std::move(changed));
  if (handler_tls) services_.handler_tls = handler_tls;
  revision_ = revision;
  if (auto* spool = services_.persistence.spool()) {
    spool->set_limit(services_.settings->queue.spool_bytes);
  }
  workers_.post_to_all(apply_settings{services_.settings, handler_tls});
  const auto& presence = services_.settings->discord.presence;
  if (presence == before->discord.presence) return;
  const std::string wanted = presence.empty() ? "{\"status\":\"online\"}" : presence;
  asio::co_spawn(context_, commands_.set_presence(wanted), asio::detached);
}

asio::awaitable<void> manager::stop_workers() {
  services_.board.set_phase("stopping");
  identifies_.stop();
  figures_timer_.cancel();
  const auto deadline = runtime::clock::now() + stop_grace;
  workers_.post_to_all(
      stop_worker{gateway::close_keeping_session, deadline, reshards_.is_saving()});

  asio::steady_timer timer{context_, deadline + report_grace};
  while (!all_stopped()) {
    const auto first =
        co_await (stopped_event_.async_wait(use_tuple) || timer.async_wait(use_tuple));
    if (first.index() == 1) break;
  }
  if (!all_stopped()) {
    services_.log->error("{} workers did not stop in time; they are left behind",
                         workers_.running());
  }
  commands_.abandon_questions();
}

}  // namespace gatehouse::cluster
