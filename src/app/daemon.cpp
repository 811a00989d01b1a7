#include "daemon.hpp"

#include "handler_tls.hpp"
#include "version.hpp"

#include <gatehouse/admin/control_routes.hpp>
#include <gatehouse/admin/routes_dashboard.hpp>
#include <gatehouse/admin/routes_health.hpp>
#include <gatehouse/admin/routes_metrics.hpp>
#include <gatehouse/app/exit_code.hpp>
#include <gatehouse/config/listen_address.hpp>
#include <gatehouse/delivery/routing.hpp>
#include <gatehouse/nats/connect.hpp>
#include <gatehouse/runtime/wall_clock.hpp>
#include <gatehouse/telemetry/process.hpp>

#include <boost/asio/co_spawn.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

namespace gatehouse::app {
namespace {

/// At the end the disk gets what is left of it: a busy one is waited for, since an end without it
/// is a failure to whoever started the daemon. A container has 10 s.
constexpr runtime::milliseconds longest_stop{9'300};
constexpr runtime::milliseconds least_disk_grace{500};
/// Then the log.
constexpr runtime::seconds log_grace{1};

std::unique_ptr<admin::admin_server> make_admin(const config::admin_settings& settings,
                                                const admin::control_sources& sources,
                                                std::function<admin::daemon_figures()> figures) {
  if (settings.listen.empty()) return nullptr;
  const auto address = config::parse_listen_address(settings.listen);
  if (!address) throw std::runtime_error("admin.listen is not an address to listen on");
  std::vector<admin::route> routes;
  admin::add_health_routes(routes, sources.status);
  admin::add_metrics_route(routes, {sources.metrics, sources.persistence, sources.version,
                                    sources.decisions, std::move(figures), sources.streams});
  admin::add_dashboard_route(routes);
  admin::add_control_routes(routes, sources);
  admin::admin_options options{.listen = *address,
                               .authorization = settings.authorization,
                               .certificate_file = settings.certificate_file,
                               .key_file = settings.key_file};
  options.limits.max_connections = static_cast<std::size_t>(settings.max_connections);
  return std::make_unique<admin::admin_server>(std::move(options), std::move(routes), sources.log);
}

/// Null without servers.
std::unique_ptr<nats::engine> make_nats(const config::nats_settings& settings,
                                        telemetry::logging& logging) {
  if (settings.servers.empty()) return nullptr;
  return nats::connect(settings, logging.get("nats"));
}

std::unique_ptr<delivery::event_streams> make_streams(nats::engine* engine,
                                                      const config::nats_settings& settings,
                                                      telemetry::logging& logging) {
  if (engine == nullptr) return nullptr;
  return std::make_unique<delivery::event_streams>(*engine, settings, logging.get("nats"));
}

int exit_code_of(cluster::run_result result) {
  switch (result) {
    case cluster::run_result::stopped:
      return stopped_as_asked;
    case cluster::run_result::refused:
      return refused_by_discord;
    case cluster::run_result::failed:
      break;
  }
  return failed;
}

}  // namespace

daemon::daemon(config::source from, const config::loaded& config)
    : settings_(std::make_shared<const config::settings>(config.values)),
      logging_(settings_->log),
      log_(logging_.get("gatehouse")),
      discord_tls_(settings_->discord.ca_file,
                   net::find_egress_proxy(config::process_environment())),
      handler_tls_(make_handler_tls(*settings_)),
      nats_(make_nats(settings_->nats, logging_)),
      streams_(make_streams(nats_.get(), settings_->nats, logging_)),
      decisions_(cluster::own_decisions(settings_->gateway), log_, settings_->controller_libraries),
      persistence_(*settings_, logging_.get("storage"),
                   [this](int shard_id, std::string_view type) {
                     const delivery::routing routes{settings_->handlers, settings_->events.routes};
                     return routes.queue_name(shard_id, type);
                   }),
      rest_(settings_->rest, settings_->discord, &discord_tls_, logging_.get("rest"),
            runtime::make_random_source()),
      manager_(context_, {settings_, rest_, board_, metrics_, log_, discord_tls_, handler_tls_,
                          streams_.get(), persistence_, logging_.get("worker"), user_agent,
                          [this](const std::string& text) { systemd_.status(text); }, decisions_,
                          nats_.get()}),
      reloader_(
          std::move(from), settings_, handler_tls_,
          [this](auto changed, const auto& tls, int revision) {
            apply(std::move(changed), tls, revision);
          },
          log_),
      control_(context_.get_executor(), manager_,
               {[this] { return reload(); }, [this] { return reloader_.view(); }}),
      admin_(make_admin(
          settings_->admin,
          {control_, board_, metrics_, persistence_, logging_.recent(), logging_.get("admin"),
           version, runtime::clock::now(), &decisions_, &history_, streams_.get()},
          [this] { return figures(); })),
      watchdog_(context_, manager_, systemd_, log_),
      signals_(context_, SIGINT, SIGTERM, SIGHUP) {
  signals_.add(SIGUSR1);
  mask_reload_signals(SIG_UNBLOCK);  // worker threads have the mask of this one
  log_start();
}

admin::daemon_figures daemon::figures() const {
  const auto& reloads = reloader_.history();
  return {.log_lines_dropped = logging_.dropped(),
          .reloads_refused = reloads.refused,
          .is_last_reload_applied = reloads.is_last_applied,
          .last_reload_unix_seconds = reloads.last_unix_seconds};
}

void daemon::sample_figures() {
  const auto now = runtime::clock::now();
  history_.add(
      admin::take_sample(metrics_, telemetry::read_process(), now, runtime::unix_ms_now()));
  history_timer_.expires_at(now + admin::figure_history::period);
  history_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) sample_figures();
  });
}

void daemon::log_start() const {
  log_->info("gatehouse {} starts", version);
  if (admin_) log_->info("admin listens on port {}", admin_->bound_port());
}

int daemon::run() {
  auto result = cluster::run_result::failed;
  wait_for_signal();
  sample_figures();
  boost::asio::co_spawn(context_, watchdog_.run(), [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
  });
  boost::asio::co_spawn(context_, manager_.run(),
                        [&](const std::exception_ptr& failure, cluster::run_result ended) {
                          result = ended;
                          watchdog_.stop();
                          history_timer_.cancel();
                          stopping_ = true;
                          signals_.cancel();
                          if (failure) std::rethrow_exception(failure);
                        });
  systemd_.ready();
  context_.run();
  return close(exit_code_of(result));
}

/// Threads that do not end cannot be waited for, be it because of the network or the disk: then
/// the process leaves without their destructors. Signals are served meanwhile.
int daemon::close(int exit_code) {
  const bool has_workers = !manager_.all_stopped();
  if (!has_workers) admin_.reset();  // it reads what goes next
  context_.restart();
  wait_for_signal();
  std::atomic<bool> is_closed = false;
  std::thread closing{[&] {
    // Its threads may still have something to tell the workers.
    has_workers ? persistence_.flush() : persistence_.close();
    is_closed = true;
    context_.stop();
  }};
  const auto now = runtime::clock::now();
  context_.run_until(std::max<runtime::time_point>(stop_began_.value_or(now) + longest_stop,
                                                   now + least_disk_grace));
  if (is_closed) closing.join();
  if (!is_closed || has_workers) {
    log_->error("leaving without {}", has_workers ? "the end of every worker" : "the disk");
    logging_.settle(log_grace);
    std::_Exit(has_workers || !persistence_.is_complete() ? failed : exit_code);
  }
  signals_.clear();
  log_->info("stopped");
  if (!logging_.settle(log_grace)) std::_Exit(exit_code);
  return exit_code;
}

cluster::reload_result daemon::reload() {
  systemd_.reloading();
  auto result = reloader_.reload();
  systemd_.ready();
  return result;
}

void daemon::apply(std::shared_ptr<const config::settings> changed,
                   const std::shared_ptr<const net::tls_context>& handler_tls, int revision) {
  logging_.set_level(changed->log.level);
  if (admin_) {
    admin_->set_authorization(changed->admin.authorization);
    admin_->renew_certificate();
  }
  settings_ = changed;
  manager_.apply(std::move(changed), handler_tls, revision);
}

void daemon::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    on_signal(number);
    wait_for_signal();
  });
}

/// The signal table; docs/operations.md has the same.
void daemon::on_signal(int number) {
  switch (number) {
    case SIGHUP:
      if (!stopping_) reload();
      break;
    case SIGUSR1:
      logging_.reopen();
      break;
    default:
      if (std::exchange(stopping_, true)) {
        log_->warn("second signal: leaving at once");
        logging_.settle(log_grace);
        std::_Exit(failed);
      }
      systemd_.stopping();
      manager_.drain([this] {
        log_->info("stopping: closing sessions so that they can be resumed");
        stop_began_ = runtime::clock::now();
        manager_.request_stop();
      });
  }
}

}  // namespace gatehouse::app
