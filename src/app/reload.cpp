#include "reload.hpp"

#include "handler_tls.hpp"

#include <gatehouse/admin/admin_server.hpp>
#include <gatehouse/config/effective.hpp>
#include <gatehouse/config/loader.hpp>
#include <gatehouse/runtime/wall_clock.hpp>
#include <gatehouse/telemetry/log_fields.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <utility>

namespace gatehouse::app {
namespace {

std::string listed(const std::vector<std::string>& keys) {
  std::string text;
  for (const auto& key : keys) text += (text.empty() ? "" : ", ") + key;
  return text;
}

}  // namespace

void mask_reload_signals(int how) {
  sigset_t both;
  ::sigemptyset(&both);
  ::sigaddset(&both, SIGHUP);
  ::sigaddset(&both, SIGUSR1);
  ::pthread_sigmask(how, &both, nullptr);
}

reloader::reloader(config::source from, std::shared_ptr<const config::settings> running,
                   std::shared_ptr<const net::tls_context> handler_tls, applier apply,
                   telemetry::logger log)
    : from_(std::move(from)),
      running_(std::move(running)),
      handler_tls_(std::move(handler_tls)),
      apply_(std::move(apply)),
      log_(std::move(log)) {}

cluster::reload_result reloader::refuse(std::vector<std::string> problems) {
  for (const auto& problem : problems) log_->error("reload: {}", problem);
  telemetry::write_line(*log_, config::log_level::error,
                        {{telemetry::log_field::revision, revision_}},
                        "reload: nothing changed, revision {} stays in force", revision_);
  cluster::reload_result result;
  result.revision = revision_;
  result.problems = std::move(problems);
  return result;
}

cluster::reload_result reloader::reload() {
  auto result = try_to_reload();
  record_.is_last_applied = result.is_applied;
  if (!result.is_applied) ++record_.refused;
  record_.last_unix_seconds = runtime::unix_seconds_now();
  return result;
}

cluster::reload_result reloader::try_to_reload() {
  auto loaded = config::load(from_, config::process_environment());
  if (!loaded.config) {
    std::vector<std::string> problems;
    problems.reserve(loaded.problems.size());
    for (const auto& problem : loaded.problems) problems.push_back(problem.format());
    return refuse(std::move(problems));
  }
  const config::settings& wanted = loaded.config->values;
  auto changed = config::compare(*running_, wanted);
  auto merged = std::make_shared<const config::settings>(config::merge(*running_, wanted));
  if (auto problems = config::check_merged(*merged); !problems.empty()) {
    return refuse(std::move(problems));
  }
  std::shared_ptr<const net::tls_context> handler_tls;
  try {
    handler_tls = renew_handler_tls(handler_tls_.get(), *running_, *merged);
    if (!merged->admin.certificate_file.empty()) {
      admin::check_certificate(merged->admin.certificate_file, merged->admin.key_file);
    }
  } catch (const std::runtime_error& failure) {
    return refuse({failure.what()});
  }
  running_ = merged;
  if (handler_tls) handler_tls_ = handler_tls;
  ++revision_;
  apply_(std::move(merged), handler_tls, revision_);
  telemetry::write_line(*log_, config::log_level::info,
                        {{telemetry::log_field::revision, revision_}},
                        "reload: revision {}, applied: {}", revision_,
                        changed.reloadable.empty() ? "nothing new" : listed(changed.reloadable));
  if (!changed.needs_restart.empty()) {
    log_->warn("reload: only a restart brings into effect: {}", listed(changed.needs_restart));
  }
  cluster::reload_result result;
  result.is_applied = true;
  result.revision = revision_;
  result.applied = std::move(changed.reloadable);
  result.needs_restart = std::move(changed.needs_restart);
  return result;
}

cluster::config_view reloader::view() const {
  return {revision_, from_.file(), config::effective_toml(*running_),
          config::effective_json(*running_)};
}

}  // namespace gatehouse::app
