#include "message_payload.hpp"

#include <gatehouse/events/edited_messages.hpp>

namespace gatehouse::events {
namespace {

bool is_unfurl(const message_fingerprint& before, const message_facts& update) {
  if (!update.has_embeds || update.has_poll) return false;
  for (std::size_t i = 0; i < before.parts.size(); ++i) {
    if (update.parts.parts[i] != 0 && update.parts.parts[i] != before.parts[i]) return false;
  }
  const bool was_loading = (before[message_part::flags] & loading_flag) != 0;
  return !was_loading || update.parts[message_part::flags] != 0;
}

}  // namespace

edited_messages::edited_messages(runtime::duration ttl, std::size_t most) : seen_(ttl, most) {}

void edited_messages::on_create(gateway::padded_parser& payload, runtime::time_point now) {
  message_facts created;
  if (read_message(payload, message_kind::create, seen_, created)) {
    seen_.remember(created.id, created.parts, now);
  }
}

bool edited_messages::on_update(gateway::padded_parser& payload, runtime::time_point now) {
  message_facts update;
  if (!read_message(payload, message_kind::update, seen_, update)) return false;
  const message_fingerprint* before = seen_.find(update.id, now);
  const bool only_embeds_differ = before != nullptr && is_unfurl(*before, update);
  seen_.remember(update.id, update.parts, now);
  return only_embeds_differ;
}

}  // namespace gatehouse::events
