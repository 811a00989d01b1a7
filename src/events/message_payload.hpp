#pragma once

#include "payload_reader.hpp"

#include <gatehouse/events/message_memory.hpp>

#include <cstdint>

namespace gatehouse::events {

/// What is read of a MESSAGE_CREATE or MESSAGE_UPDATE. A part that is absent, as in the partial
/// updates of old, stays unknown.
struct message_facts {
  std::uint64_t id = 0;
  message_fingerprint parts;
  bool has_embeds = false;  ///< the key is there, even with an empty list
  bool has_poll = false;
};

/// Message flag (discord-api-docs: message, Message Flags): a deferred reply without its content.
inline constexpr std::uint32_t loading_flag = 128;

enum class message_kind { create, update };

/// False when it cannot be read, or has no id; then `out` is unspecified. `asked_next` is where the
/// id will be looked up: the table is in no cache.
[[nodiscard]] bool read_message(gateway::padded_parser& payload, message_kind kind,
                                const message_memory& asked_next, message_facts& out);

}  // namespace gatehouse::events
