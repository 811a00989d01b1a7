#include <gatehouse/events/session_log.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::events {

session_log::session_log(int shard_id, std::string session_id, std::int64_t first_safe_seq,
                         guild_cache guilds)
    : shard_id_(shard_id),
      session_id_(std::move(session_id)),
      safe_seq_(first_safe_seq),
      newest_seq_(first_safe_seq),
      guilds_(std::move(guilds)) {}

void session_log::open(std::int64_t seq) {
  if (seq <= newest_seq_) return;
  newest_seq_ = seq;
  entries_.push_back({seq, false});
  ++open_count_;
}

void session_log::settle(std::int64_t seq) noexcept {
  // Mostly the oldest open event settles first; then no search is needed.
  const auto found =
      !entries_.empty() && entries_.front().seq == seq
          ? entries_.begin()
          : std::lower_bound(entries_.begin(), entries_.end(), seq,
                             [](const entry& e, std::int64_t s) { return e.seq < s; });
  if (found == entries_.end() || found->seq != seq || found->settled) return;
  found->settled = true;
  --open_count_;
  while (!entries_.empty() && entries_.front().settled) {
    safe_seq_ = entries_.front().seq;
    entries_.pop_front();
  }
}

}  // namespace gatehouse::events
