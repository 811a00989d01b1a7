#include <gatehouse/cluster/manager.hpp>
#include <gatehouse/gateway/close_code.hpp>
#include <gatehouse/telemetry/log_fields.hpp>

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

/// Which part each message of a worker concerns.
namespace gatehouse::cluster {
namespace {

/// More shards cure it. All other refusals are of the whole bot (token, API version, intents) or of
/// a shard count that Discord does not take: another start would meet them again.
constexpr std::uint16_t sharding_required = 4011;

}  // namespace

void manager::receive(manager_message message) {
  std::visit([this](auto& content) { handle(std::move(content)); }, message);
}

void manager::handle(const identify_wanted& message) {
  if (!reshards_.withholds(message.shard)) authority_->want(message.shard);
}

void manager::handle(const identify_was_sent& message) {
  authority_->sent(message.grant);
}

void manager::handle(const identify_was_abandoned& message) {
  if (message.grant.id == 0) {
    authority_->give_up(message.grant.shard);
  } else {
    authority_->abandon(message.grant);
  }
}

void manager::handle(const shard_state_changed& message) {
  reshards_.on_state(message.shard, message.state);
  if (message.shard.generation != serving_.generation) return;
  services_.board.set_state(message.shard.shard_id, message.state);
  report_progress();
}

void manager::handle(const shard_ended& message) {
  startup_.on_ended(message.shard);
  reshards_.on_ended(message.shard);
  if (fleet_) fleet_->on_ended(message.shard);
}

void manager::handle(const left_delivered& message) {
  workers_.post_to_all(message);
}

void manager::handle(const shard_refused& message) {
  const std::string text = "Discord refuses " + reshards_.name_of(message.shard) + " with " +
                           std::to_string(message.code) + " (" +
                           std::string{gateway::meaning_of_close(message.code).name} + ")";
  if (message.shard.generation != serving_.generation) return reshards_.on_refused(text);
  if (message.code == sharding_required && fleet_) {
    services_.log->error(
        "{}: it stays away until the fleet has more shards, which takes a new "
        "cluster.name",
        text);
    return;
  }
  if (message.code == sharding_required) return reshards_.on_too_full(message.shard.shard_id);
  telemetry::write_line(*services_.log, config::log_level::error,
                        {{telemetry::log_field::shard, message.shard.shard_id},
                         {telemetry::log_field::generation, message.shard.generation},
                         {telemetry::log_field::close_code, message.code}},
                        "{}: stopping", text);
  end(run_result::refused);
}

void manager::handle(const worker_trouble& message) {
  telemetry::write_line(*services_.log, config::log_level::error,
                        {{telemetry::log_field::worker, message.worker_id}},
                        "worker {}: {}; it goes on", message.worker_id, message.what);
}

void manager::handle(const worker_stopped& message) {
  if (message.undelivered > 0) {
    telemetry::write_line(*services_.log, config::log_level::info,
                          {{telemetry::log_field::worker, message.worker_id},
                           {telemetry::log_field::count, message.undelivered}},
                          "worker {} stopped with {} undelivered events, {} of them on disk",
                          message.worker_id, message.undelivered, message.safe);
  }
  workers_.join(message.worker_id);
  stopped_event_.cancel();
}

void manager::handle(const reshard_report& message) {
  reshards_.on_report(message);
}

void manager::handle(events_forwarded message) {
  reshards_.on_forwarded(std::move(message));
}

void manager::handle(worker_drained message) {
  reshards_.on_drained(std::move(message));
}

}  // namespace gatehouse::cluster
