#pragma once

#include <gatehouse/events/block_pool.hpp>
#include <gatehouse/events/event_type.hpp>
#include <gatehouse/events/session_log.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/runtime/prefetch.hpp>

#include <boost/intrusive/list_hook.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::delivery {
struct stored_block;
struct backlog_queue;
}  // namespace gatehouse::delivery

namespace gatehouse::events {

class event_pool;
struct event_deleter;

/// One dispatch on its way to a handler: what is known about it, and its request body in one piece,
/// `{"shardId":3,"message":<payload>}` with the payload's bytes as Discord sent them.
///
/// Immutable but for the delivery's own bookkeeping. Lives on one worker thread.
class event {
 public:
  /// What gatehouse does about an interaction in its handler's place.
  enum class answer : std::uint8_t { none, under_way, given };
  using hook =
      boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::safe_link>>;
  using leaving_hook = boost::intrusive::list_member_hook<
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  // What each delivery looks at comes first: two cache lines of a backlog that is in no cache.
  session_log_ptr session;
  std::int64_t seq = 0;        ///< 0: made by gatehouse, with no place in the session's numbering
  std::uint64_t guild_id = 0;  ///< 0: none (direct messages, session events)
  runtime::time_point received{};

 private:
  std::size_t block_bytes_ = 0;
  std::size_t prefix_bytes_ = 0;
  std::size_t body_bytes_ = 0;
  block_pool::place block_;  ///< from no slab: too large for one

 public:
  event_type type{};
  bool is_barrier = false;  ///< READY: waits for its shard's earlier events, later ones wait for it

  // Bookkeeping of the delivery.
  answer answered = answer::none;
  std::uint8_t deferred = 0;        ///< callback type of the answer, once given; 0: none
  bool is_held = false;             ///< not to be sent just now
  bool is_unwanted = false;         ///< to be dropped instead of being sent again
  bool is_under_way = false;        ///< in a request
  bool is_lined_up = false;         ///< waits behind what only the disk has, in no lane yet
  bool is_oversized = false;        ///< larger than all memory for events
  bool is_loaded = false;           ///< was read back from the disk
  bool is_settled = false;          ///< its session's log has been told
  std::uint16_t target = 0;         ///< which handler URL, by the dispatcher
  std::uint32_t place = 0;          ///< in its lane, or in the request that carries it
  std::uint32_t attempts = 0;       ///< requests made for it so far
  std::int64_t position = 0;        ///< order of arrival within its worker
  std::uint32_t failures = 0;       ///< of those attempts, that failed while its URL served others
  std::uint32_t served_before = 0;  ///< by its URL, when it failed last
  std::uint32_t copy_index = 0;     ///< its place in `copy`
  delivery::stored_block* copy = nullptr;    ///< on disk, or on its way there; null: in memory only
  delivery::backlog_queue* queue = nullptr;  ///< of its shard and URL
  /// The pool's: a handler URL that was chosen for this event alone; null: by its route.
  const std::string* wanted_url = nullptr;
  hook age_hook;    ///< position among those that may be dropped, oldest first
  hook queue_hook;  ///< position among those that wait behind a READY, or behind what is on disk
  leaving_hook unwritten_hook;  ///< position among those without a copy, by arrival
  leaving_hook watch_hook;      ///< position among the interactions that may have to be answered

  [[nodiscard]] int shard_id() const noexcept { return session->shard_id(); }
  /// The whole request body.
  [[nodiscard]] std::string_view body() const noexcept { return {bytes(), body_bytes_}; }
  /// The dispatch as Discord sent it, but for a `t` that the pipeline has replaced.
  [[nodiscard]] std::string_view payload() const noexcept {
    return {bytes() + prefix_bytes_, body_bytes_ - prefix_bytes_ - 1};
  }
  /// What it costs against `queue.memory_mb`.
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return block_bytes_; }

 private:
  friend class event_pool;
  friend struct event_deleter;
  event() = default;
  ~event() = default;
  [[nodiscard]] const char* bytes() const noexcept {
    return reinterpret_cast<const char*>(this) + sizeof(event);
  }
  [[nodiscard]] char* bytes() noexcept { return reinterpret_cast<char*>(this) + sizeof(event); }
};

/// Has its head, all but the body, brought into the cache. Null is allowed.
inline void prefetch(const event* wanted) noexcept {
  if (wanted != nullptr) runtime::prefetch(wanted, sizeof(event));
}

/// What a request body begins with, up to the payload: `{"shardId":3,"message":`. `envelope` is the
/// name of the payload's key (`handlers.envelope`).
std::string body_prefix(int shard_id, std::string_view envelope);

struct event_deleter {
  void operator()(event* dead) const noexcept;
};
using event_ptr = std::unique_ptr<event, event_deleter>;

/// Makes events, each in one block of memory with its body. A steady stream of them allocates
/// nothing. Must outlive its events. Not thread-safe; one per worker.
class event_pool {
 public:
  /// `prefix` is the body's start, `{"shardId":3,"message":`; the closing brace is added.
  event_ptr make(std::string_view prefix, std::string_view payload);
  /// Likewise, of a payload in pieces.
  event_ptr make(std::string_view prefix, std::span<const std::string_view> pieces);
  /// The same text for as long as the pool lives, for `event::wanted_url`.
  const std::string* keep_url(std::string_view url);

 private:
  block_pool blocks_;
  std::set<std::string, std::less<>> urls_;
};

/// Where a shard puts its events. Implemented by the delivery; called on the worker's thread.
class event_sink {
 public:
  virtual ~event_sink() = default;
  /// Takes over an event, received just now; never blocks, never throws for a full queue (it sheds
  /// by its policy).
  virtual void accept(event_ptr accepted) = 0;
  /// Events follow in quick succession: they may be kept together until the end of the burst, which
  /// comes within the same turn of the event loop. Bursts do not nest.
  virtual void begin_burst() {}
  virtual void end_burst() {}
  /// Whether an event may want to go to this URL, spelled as in the configuration.
  [[nodiscard]] virtual bool has_url(std::string_view /*url*/) const { return false; }
  /// True while reading more of this shard would only fill memory: the disk cannot follow, or there
  /// is none and handlers are at work, and what fills the memory is of this shard. It may then
  /// pause its socket for a moment and let TCP slow the sender down.
  [[nodiscard]] virtual bool congested(int shard_id) noexcept = 0;
};

}  // namespace gatehouse::events
