#include <gatehouse/cluster/worker.hpp>

#include <utility>

/// The part of a worker that takes over changed settings without dropping a shard.
namespace gatehouse::cluster {
namespace {

/// What the dispatcher is told.
bool concerns_delivery(const config::settings& before, const config::settings& after) {
  return before.handlers != after.handlers || before.queue != after.queue ||
         before.events.routes != after.events.routes ||
         before.interactions.defer != after.interactions.defer ||
         before.interactions.deadline != after.interactions.deadline;
}

}  // namespace

void worker::handle(apply_settings message) {
  if (now_in_ != phase::running) return;
  const auto before = std::exchange(services_.settings, std::move(message.settings));
  const config::settings& after = *services_.settings;
  const bool has_new_tls = message.handler_tls != nullptr;
  if (has_new_tls) {
    former_tls_.push_back(std::exchange(services_.handler_tls, std::move(message.handler_tls)));
  }
  if (before->events != after.events) pipeline_.apply(after.events);
  if (before->interactions != after.interactions) responder_.set_settings(after.interactions);
  if (before->handlers.envelope != after.handlers.envelope) {
    for (const auto& [key, held] : shards_) held->set_envelope(after.handlers.envelope);
  }
  if (!has_new_tls && !concerns_delivery(*before, after)) return;
  dispatcher_->apply(delivery_options());
}

}  // namespace gatehouse::cluster
