#pragma once

#include <gatehouse/delivery/drop_log.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::delivery {

/// An event that its handler will not take. Views, valid during the call.
struct refused_event {
  const std::string& url;
  std::string_view event_name;
  std::string_view event_id;
  int shard_id = 0;
  int status = 0;           ///< of the handler's answer; 0: it never gave one
  std::string_view reason;  ///< in words
  std::string_view answer;  ///< the first bytes of what the handler said; it may repeat the event
  std::size_t request_bytes = 0;
};

/// What the delivery has to tell an operator. Called on the worker's thread, at a bounded rate
/// (`refused` alone comes per event); must not call back. URLs come without their query, no text
/// of ours holds a secret or a payload.
class reporter {
 public:
  virtual ~reporter() = default;

  virtual void handler_down(const std::string& url, std::string_view reason) = 0;
  virtual void handler_up(const std::string& url, runtime::duration after) = 0;
  /// At the first such answer of a URL, then at most once a minute while it goes on.
  virtual void misconfigured(const std::string& url, int status, std::string_view hint) = 0;
  virtual void refused(const refused_event& event) = 0;
  /// Work waited and nothing would have woken it: a fault of gatehouse, mended. Once a URL.
  virtual void stalled(const std::string& url, std::size_t waiting) = 0;
  /// `count` events since the last time it was told of this name and reason.
  virtual void dropped(std::string_view event_name, drop_reason reason, std::uint64_t count) = 0;
  /// Events on disk that cannot be read any more.
  virtual void spooled_lost(int shard_id, std::uint64_t events) = 0;
  /// At the end: undelivered events of a shard, `safe` of them on disk.
  virtual void left_queued(int shard_id, std::size_t events, std::size_t safe) = 0;
};

}  // namespace gatehouse::delivery
