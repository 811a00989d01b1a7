#include "reload.hpp"

#include <gatehouse/config/effective.hpp>
#include <gatehouse/config/loader.hpp>

#include <spdlog/spdlog.h>

#include <utility>

namespace gatehouse::app {
namespace {

constexpr std::string_view applied_key = "log.level";

}  // namespace

reloader::reloader(std::string path, config::settings running, telemetry::logging& logging,
                   telemetry::logger log)
    : path_(std::move(path)),
      running_(std::move(running)),
      logging_(logging),
      log_(std::move(log)) {}

void reloader::reload() {
  const auto result = config::load_file(path_, config::process_environment());
  if (!result.config) {
    for (const auto& problem : result.problems) log_->error("reload: {}", problem.format());
    log_->error("reload: nothing changed, revision {} stays in force", revision_);
    return;
  }
  ++revision_;
  apply(result.config->values);
}

void reloader::apply(const config::settings& wanted) {
  auto changed = config::compare(running_, wanted);
  changed.needs_restart.insert(changed.needs_restart.end(), changed.reloadable.begin(),
                               changed.reloadable.end());
  std::string waiting;
  for (const auto& key : changed.needs_restart) {
    if (key != applied_key) waiting += (waiting.empty() ? "" : ", ") + key;
  }
  running_.log.level = wanted.log.level;
  logging_.set_level(wanted.log.level);
  log_->info("reload: revision {}, log.level applied", revision_);
  if (!waiting.empty()) log_->warn("reload: only a restart brings into effect: {}", waiting);
}

}  // namespace gatehouse::app
