#pragma once

#include <gatehouse/events/message_memory.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstddef>

namespace gatehouse::gateway {
class padded_parser;
}

namespace gatehouse::events {

/// Recognises the MESSAGE_UPDATEs behind which there is no edit: Discord sends one when it has
/// resolved a link (an unfurl), with nothing new in it but `embeds`.
///
/// Such an update carries `embeds`, and whatever else it carries is as in the last MESSAGE_CREATE
/// or MESSAGE_UPDATE of that id, seen within the TTL: `content`, `edited_timestamp` to the
/// millisecond (an unfurl's copy of it is truncated: discord-api-docs issue 8281), `flags`,
/// `pinned`, `attachments` and `components`. In doubt it counts as an edit:
/// - the id is unknown, or the update tells a part of the message that was not known before;
/// - the flag LOADING has gone, or may have gone: the first content of a deferred reply;
/// - the message has a poll, whose end is an update too;
/// - it cannot be read.
///
/// Lives on one worker thread.
class edited_messages {
 public:
  static constexpr std::size_t most_messages = std::size_t{1} << 16U;

  /// `ttl` is above 0.
  explicit edited_messages(runtime::duration ttl, std::size_t most = most_messages);

  // `payload` is the whole dispatch.
  void on_create(gateway::padded_parser& payload, runtime::time_point now);
  /// True: only embeds differ.
  [[nodiscard]] bool on_update(gateway::padded_parser& payload, runtime::time_point now);

 private:
  message_memory seen_;
};

}  // namespace gatehouse::events
