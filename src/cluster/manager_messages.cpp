#include "question.hpp"

#include <gatehouse/cluster/manager.hpp>
#include <gatehouse/gateway/close_code.hpp>

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

/// What the manager does with each message of its workers.
namespace gatehouse::cluster {
namespace {

/// Codes that another start would meet again: token, API version and intents of the whole bot, or a
/// shard count that Discord does not take. Sharding required (4011) may be cured by a new start.
constexpr std::uint16_t sharding_required = 4011;
bool is_refusal_for_good(std::uint16_t code) {
  return code != sharding_required;
}

}  // namespace

void manager::receive(manager_message message) {
  std::visit([this](auto& content) { handle(std::move(content)); }, message);
}

void manager::handle(const identify_wanted& message) {
  identifies_.want(message.shard);
}

void manager::handle(const identify_was_sent& message) {
  identifies_.sent(message.grant);
}

void manager::handle(const identify_was_abandoned& message) {
  if (message.grant.id == 0) {
    identifies_.give_up(message.grant.shard);
  } else {
    identifies_.abandon(message.grant);
  }
}

void manager::handle(const shard_state_changed& message) {
  tell_reshard(message.shard, message.state);
  if (message.shard.generation != serving_) return;
  services_.board.set_state(message.shard.shard_id, message.state);
  report_progress();
}

void manager::report_progress() {
  const shard_progress now = services_.board.progress();
  const bool connected = now.connected == now.total;
  services_.on_progress(std::to_string(now.connected) + " of " + std::to_string(now.total) +
                        " shards connected");
  if (connected && !std::exchange(told_connected_, true)) {
    services_.log->info("all {} shards are connected", worker_of_shard_.size());
  }
  if (!connected) told_connected_ = false;
}

std::string manager::name_of(gateway::shard_key shard) const {
  const auto asked = identify_of(shard);
  return "shard " + std::to_string(asked.shard_id) + " of " + std::to_string(asked.total_shards) +
         (asked.is_reshard ? ", new set" : "");
}

void manager::handle(const shard_refused& message) {
  const auto meaning = gateway::meaning_of_close(message.code).name;
  if (message.shard.generation != serving_) {
    return roll_back_reshard("Discord refuses " + name_of(message.shard) + " with " +
                             std::to_string(message.code) + " (" + std::string{meaning} + ")");
  }
  if (message.code == sharding_required && services_.settings->gateway.total_shards == 0) {
    needs_more_shards_ = true;
    stop_event_.cancel();
    return;
  }
  services_.log->critical("Discord refuses {} with {} ({}): stopping", name_of(message.shard),
                          message.code, meaning);
  end(is_refusal_for_good(message.code) ? run_result::refused : run_result::failed);
}

void manager::handle(const pong& message) {
  const auto found = questions_.find(message.nonce);
  if (found == questions_.end()) return;
  question& asked = *found->second;
  if (--asked.missing == 0) asked.answered.cancel();
}

void manager::handle(const worker_trouble& message) {
  services_.log->error("worker {}: {}; it goes on", message.worker_id, message.what);
}

void manager::handle(const worker_stopped& message) {
  if (message.undelivered > 0) {
    services_.log->info("worker {} stopped with {} undelivered events, {} of them on disk",
                        message.worker_id, message.undelivered, message.safe);
  }
  workers_.at(message.worker_id)->join();
  --workers_running_;
  stopped_event_.cancel();
}

}  // namespace gatehouse::cluster
