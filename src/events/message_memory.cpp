#include <gatehouse/events/message_memory.hpp>
#include <gatehouse/runtime/prefetch.hpp>

#include <algorithm>
#include <bit>
#include <utility>

namespace gatehouse::events {

message_memory::message_memory(runtime::duration ttl, std::size_t most)
    : ttl_(ttl), most_(std::max(std::bit_ceil(most), bucket_size)) {
  static_assert(sizeof(entry) == 40);
}

bool message_memory::is_live(const entry& asked, runtime::time_point now) const noexcept {
  return asked.message_id != 0 && now - asked.seen <= ttl_;
}

/// The first entry of the bucket. The lower bits of an id are nearly constant: the product's upper
/// half depends on all of them.
std::size_t message_memory::bucket_of(std::uint64_t message_id) const noexcept {
  const std::uint64_t mixed = message_id * 0x9E3779B97F4A7C15U;
  return (mixed ^ (mixed >> 32U)) % (entries_.size() / bucket_size) * bucket_size;
}

void message_memory::prefetch(std::uint64_t message_id) const noexcept {
  if (entries_.empty()) return;
  runtime::prefetch(&entries_[bucket_of(message_id)], bucket_size * sizeof(entry));
}

const message_fingerprint* message_memory::find(std::uint64_t message_id,
                                                runtime::time_point now) const noexcept {
  if (entries_.empty()) return nullptr;
  const std::size_t first = bucket_of(message_id);
  for (std::size_t i = first; i < first + bucket_size; ++i) {
    if (entries_[i].message_id != message_id) continue;
    return is_live(entries_[i], now) ? &entries_[i].known : nullptr;
  }
  return nullptr;
}

/// The message's own entry, else the best one to give up: a free one, or the oldest.
message_memory::entry& message_memory::place_for(std::uint64_t message_id,
                                                 runtime::time_point now) noexcept {
  const std::size_t first = bucket_of(message_id);
  std::size_t best = first;
  bool best_is_live = is_live(entries_[best], now);
  for (std::size_t i = first; i < first + bucket_size; ++i) {
    if (entries_[i].message_id == message_id) return entries_[i];
    const bool live = is_live(entries_[i], now);
    if (!best_is_live && live) continue;
    if (best_is_live != live || entries_[i].seen < entries_[best].seen) {
      best = i;
      best_is_live = live;
    }
  }
  return entries_[best];
}

void message_memory::grow(runtime::time_point now) {
  const std::size_t wanted = std::max(entries_.size() * 2, first_capacity);
  const auto old = std::exchange(entries_, std::vector<entry>(std::min(wanted, most_)));
  for (const auto& kept : old) {
    // Each bucket's entries are spread over two of the new table: they have room.
    if (is_live(kept, now)) place_for(kept.message_id, now) = kept;
  }
}

void message_memory::remember(std::uint64_t message_id, const message_fingerprint& seen,
                              runtime::time_point now) {
  if (entries_.empty()) grow(now);
  entry* place = &place_for(message_id, now);
  const bool is_taken = place->message_id != message_id && is_live(*place, now);
  if (is_taken && entries_.size() < most_) {
    grow(now);
    place = &place_for(message_id, now);
  }
  if (place->message_id != message_id || !is_live(*place, now)) place->known = {};
  place->message_id = message_id;
  place->seen = now;
  for (std::size_t i = 0; i < seen.parts.size(); ++i) {
    if (seen.parts[i] != 0) place->known.parts[i] = seen.parts[i];
  }
}

}  // namespace gatehouse::events
