#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gatehouse::events {

/// The parts of a message that tell one state of it from another.
enum class message_part : std::uint8_t {
  content,
  edited_timestamp,
  flags,
  pinned,
  attachments,
  components,
};

/// Each part of a message in 32 bits; 0: not known. An edit changes the timestamp, too, so two
/// contents of one hash do not hide it.
struct message_fingerprint {
  std::array<std::uint32_t, 6> parts{};
  std::uint32_t& operator[](message_part part) noexcept {
    return parts[static_cast<std::size_t>(part)];
  }
  std::uint32_t operator[](message_part part) const noexcept {
    return parts[static_cast<std::size_t>(part)];
  }
  bool operator==(const message_fingerprint&) const = default;
};

/// The messages seen lately, a bounded number of them, 40 bytes each.
///
/// A hash table of buckets without anything to keep in order: what is too old counts as free
/// wherever it is met. It grows while buckets are full; at its full size a new message takes the
/// place of the oldest in its bucket. No memory is used before the first message.
class message_memory {
 public:
  /// `most` is rounded up to a power of two.
  message_memory(runtime::duration ttl, std::size_t most);

  /// Nothing when it was not seen within the TTL.
  [[nodiscard]] const message_fingerprint* find(std::uint64_t message_id,
                                                runtime::time_point now) const noexcept;
  /// Its known parts replace those remembered, the others stay. `message_id` is not 0.
  void remember(std::uint64_t message_id, const message_fingerprint& seen, runtime::time_point now);
  /// `find` or `remember` will follow: has what they look at brought into the cache.
  void prefetch(std::uint64_t message_id) const noexcept;
  /// Messages there is room for at present.
  [[nodiscard]] std::size_t capacity() const noexcept { return entries_.size(); }

 private:
  struct entry {
    std::uint64_t message_id = 0;  ///< 0: free
    runtime::time_point seen{};
    message_fingerprint known;
  };
  static constexpr std::size_t bucket_size = 8;
  static constexpr std::size_t first_capacity = 1'024;

  [[nodiscard]] bool is_live(const entry& asked, runtime::time_point now) const noexcept;
  [[nodiscard]] std::size_t bucket_of(std::uint64_t message_id) const noexcept;
  entry& place_for(std::uint64_t message_id, runtime::time_point now) noexcept;
  void grow(runtime::time_point now);

  runtime::duration ttl_;
  std::size_t most_;
  std::vector<entry> entries_;  ///< empty, or a power of two of them
};

}  // namespace gatehouse::events
