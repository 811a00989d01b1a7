#include <gatehouse/cluster/delivery_log.hpp>

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

namespace gatehouse::cluster {
namespace {

std::string_view describe(delivery::drop_reason reason) {
  switch (reason) {
    case delivery::drop_reason::queue_full:
      return "queue.memory_mb is used up";
    case delivery::drop_reason::too_old:
      return "older than queue.max_age_s";
    case delivery::drop_reason::token_expired:
      return "the interaction's token has expired";
  }
  return "unknown reason";
}

}  // namespace

delivery_log::delivery_log(int worker_id, telemetry::logger log)
    : worker_id_(worker_id), log_(std::move(log)) {}

void delivery_log::handler_down(const std::string& url, std::string_view reason) {
  log_->warn("worker {}: handler {} is down: {}; its events wait", worker_id_, url, reason);
}

void delivery_log::handler_up(const std::string& url, runtime::duration after) {
  log_->info("worker {}: handler {} is up again after {:.1f} s", worker_id_, url,
             std::chrono::duration<double>(after).count());
}

void delivery_log::misconfigured(const std::string& url, int status, std::string_view hint) {
  log_->error("worker {}: handler {} answers {}: {}; its events wait", worker_id_, url, status,
              hint);
}

void delivery_log::refused(const std::string& url, const std::string& event_id,
                           std::string_view event_name, std::string_view reason) {
  const auto now = runtime::clock::now();
  ++refused_untold_;
  const bool is_first = refused_told_ == runtime::time_point::min();
  if (!is_first && now - refused_told_ < refused_interval) return;
  refused_told_ = now;
  log_->error("worker {}: handler {} refused {} {}: {}; set aside ({} since this was last said)",
              worker_id_, url, event_name, event_id, reason, std::exchange(refused_untold_, 0));
}

void delivery_log::stalled(const std::string& url, std::size_t waiting) {
  log_->error(
      "worker {}: handler {}: {} events waited and nothing would have sent them: a fault of "
      "gatehouse, mended; please report it",
      worker_id_, url, waiting);
}

void delivery_log::dropped(std::string_view event_name, delivery::drop_reason reason,
                           std::uint64_t count) {
  log_->error("worker {}: dropped {} {}: {}", worker_id_, count, event_name, describe(reason));
}

void delivery_log::spooled_lost(int shard_id, std::uint64_t events) {
  log_->error("worker {}: {} events of shard {} on disk cannot be read any more: lost", worker_id_,
              events, shard_id);
}

void delivery_log::left_queued(int shard_id, std::size_t events, std::size_t safe) {
  if (safe > 0) {
    log_->info("worker {}: {} undelivered events of shard {} are on disk", worker_id_, safe,
               shard_id);
  }
  if (events > safe) {
    log_->warn(
        "worker {}: {} undelivered events of shard {} are not on disk: Discord has to "
        "replay them",
        worker_id_, events - safe, shard_id);
  }
}

}  // namespace gatehouse::cluster
