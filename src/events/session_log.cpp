#include <gatehouse/events/session_log.hpp>
#include <gatehouse/runtime/prefetch.hpp>

#include <algorithm>
#include <functional>
#include <utility>

namespace gatehouse::events {
namespace {

/// Session ids are letters and digits; a server might invent whatever else.
bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
         c == '_' || c == '.';
}

std::string prefix_of(std::string session_id) {
  std::replace_if(session_id.begin(), session_id.end(), std::not_fn(is_plain), '_');
  return session_id + ':';
}

/// No entry of this number comes later. Numbers have gaps only where Discord left one out, so it is
/// mostly at this place: known without a search.
template <class Entries>
std::size_t likely_place(const Entries& entries, std::int64_t seq) noexcept {
  if (entries.empty() || seq < entries.front().seq()) return 0;
  const auto farthest = static_cast<std::size_t>(seq - entries.front().seq());
  return std::min(farthest, entries.size());
}

}  // namespace

session_log::session_log(int shard_id, std::string session_id, std::int64_t first_safe_seq,
                         guild_cache guilds, int total_shards)
    : shard_id_(shard_id),
      total_shards_(total_shards),
      session_id_(std::move(session_id)),
      event_id_prefix_(prefix_of(session_id_)),
      safe_seq_(first_safe_seq),
      newest_seq_(first_safe_seq),
      guilds_(std::move(guilds)) {}

void session_log::open(std::int64_t seq) {
  if (seq <= newest_seq_) return;
  entries_.emplace_back(seq);
  newest_seq_ = seq;
  ++open_count_;
}

void session_log::take_back(std::int64_t seq) noexcept {
  if (entries_.empty() || entries_.back().seq() != seq) return;
  if (!entries_.back().is_settled()) --open_count_;
  entries_.pop_back();
  newest_seq_ = seq - 1;
}

/// The place of the first one that is not older.
std::deque<session_log::entry>::iterator session_log::find(std::int64_t seq) noexcept {
  const std::size_t likely = likely_place(entries_, seq);
  const auto bound = entries_.begin() + static_cast<std::ptrdiff_t>(likely);
  if (likely < entries_.size() && bound->seq() == seq) return bound;
  return std::lower_bound(entries_.begin(), bound, seq,
                          [](const entry& e, std::int64_t s) { return e.seq() < s; });
}

void session_log::prefetch(std::int64_t seq) const noexcept {
  const std::size_t likely = likely_place(entries_, seq);
  if (likely < entries_.size()) runtime::prefetch(&entries_[likely], sizeof(entry));
}

/// Hot path: once per event.
void session_log::settle(std::int64_t seq) noexcept {
  const auto found = find(seq);
  if (found == entries_.end() || found->seq() != seq || found->is_settled()) return;
  found->settle();
  --open_count_;
  while (!entries_.empty() && entries_.front().is_settled()) {
    safe_seq_ = entries_.front().seq();
    entries_.pop_front();
  }
}

}  // namespace gatehouse::events
