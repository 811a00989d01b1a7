#pragma once

#include <gatehouse/events/guild_cache.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstdint>
#include <deque>
#include <string>

namespace gatehouse::events {

/// One Discord session as its events see it: the identity that makes up their event ids, how far
/// they are settled, and the guilds it knows.
///
/// Events settle out of order (lanes are independent); the safe position is the highest seq below
/// which nothing is open. Lives on one worker thread, kept alive by its events and its shard.
class session_log : public boost::intrusive_ref_counter<session_log, boost::thread_unsafe_counter> {
 public:
  /// `first_safe_seq`: 0 for a new session, the stored position for a resumed one; `guilds`: those
  /// stored with it; `total_shards`: of how many its shard is one, 0 where that is not known.
  session_log(int shard_id, std::string session_id, std::int64_t first_safe_seq,
              guild_cache guilds = {}, int total_shards = 0);

  [[nodiscard]] int shard_id() const noexcept { return shard_id_; }
  [[nodiscard]] int total_shards() const noexcept { return total_shards_; }
  [[nodiscard]] const std::string& session_id() const noexcept { return session_id_; }
  /// What the ids of its events begin with: the session id in letters that break neither an HTTP
  /// header nor a JSON string, and a colon.
  [[nodiscard]] const std::string& event_id_prefix() const noexcept { return event_id_prefix_; }

  /// An event has arrived; seq must be newer than all before it.
  void open(std::int64_t seq);
  /// The newest event could not be kept after all, and will come again: as if it had not arrived.
  void take_back(std::int64_t seq) noexcept;
  /// It is delivered, safely stored, or dropped on purpose. Unknown or repeated seqs are ignored.
  void settle(std::int64_t seq) noexcept;
  /// A message of gatehouse's own about this session, which has no seq, waits to be delivered.
  void open_unnumbered() noexcept { ++open_count_; }
  void settle_unnumbered() noexcept { --open_count_; }
  /// `settle` will follow: has what it looks at brought into the cache.
  void prefetch(std::int64_t seq) const noexcept;
  /// Every event up to and including this one is settled.
  [[nodiscard]] std::int64_t safe_seq() const noexcept { return safe_seq_; }
  [[nodiscard]] std::size_t open_events() const noexcept { return open_count_; }

  /// The guilds of this session.
  [[nodiscard]] guild_cache& guilds() noexcept { return guilds_; }
  [[nodiscard]] const guild_cache& guilds() const noexcept { return guilds_; }

 private:
  /// In one word: after a backlog they are in no cache.
  struct entry {
    explicit entry(std::int64_t number) noexcept
        : bits_(static_cast<std::uint64_t>(number) << 1U) {}
    [[nodiscard]] std::int64_t seq() const noexcept {
      return static_cast<std::int64_t>(bits_ >> 1U);
    }
    [[nodiscard]] bool is_settled() const noexcept { return (bits_ & 1U) != 0; }
    void settle() noexcept { bits_ |= 1U; }

   private:
    std::uint64_t bits_;
  };

  std::deque<entry>::iterator find(std::int64_t seq) noexcept;

  int shard_id_;
  int total_shards_;
  std::string session_id_;
  std::string event_id_prefix_;
  std::int64_t safe_seq_;
  std::int64_t newest_seq_;
  std::deque<entry> entries_;  ///< from the oldest open event on, by seq
  std::size_t open_count_ = 0;
  guild_cache guilds_;
};

using session_log_ptr = boost::intrusive_ptr<session_log>;

}  // namespace gatehouse::events
