#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::delivery {

/// What a reader wants to see of what is delivered.
struct tail_wish {
  std::vector<std::string> events{};  ///< by name; empty: all
  std::optional<int> shard_id{};
  std::optional<std::uint64_t> guild_id{};
  bool has_payload = false;
};

/// A delivered event, as a view for `offer`.
struct delivered_view {
  std::string_view type;
  int shard_id = 0;
  std::uint64_t guild_id = 0;  ///< 0: none
  std::string_view event_id;
  std::string_view url;
  std::uint32_t attempts = 0;
  runtime::duration age{};  ///< since it was received
  std::string_view payload;
};

/// The same, kept for a reader.
struct tailed_event {
  std::int64_t unix_ms = 0;  ///< when it was delivered
  std::string type;
  int shard_id = 0;
  std::uint64_t guild_id = 0;
  std::string event_id;
  std::string url;
  std::uint32_t attempts = 0;
  runtime::duration age{};
  std::size_t bytes = 0;  ///< of the payload
  std::string payload;    ///< empty unless wished for
};

/// Lets readers watch what is delivered, as it is delivered. The workers never wait for a reader:
/// each has a bounded buffer, and what does not fit into it, or comes just while it is being
/// emptied, is skipped for that reader and counted. While nobody reads, an event costs one load.
///
/// Any thread.
class event_tail {
 public:
  static constexpr std::size_t most_readers = 8;
  static constexpr std::size_t most_events = 1'024;  ///< in the buffer of one reader
  static constexpr std::size_t most_bytes = std::size_t{4} << 20;
  /// A reader who has not asked for so long is gone.
  static constexpr runtime::seconds patience{15};

  [[nodiscard]] bool is_watched() const noexcept {
    return readers_count_.load(std::memory_order_relaxed) != 0;
  }
  void offer(const delivered_view& event, runtime::time_point now);

  /// The reader's number; nothing: there are too many.
  std::optional<std::uint64_t> open(tail_wish wish, runtime::time_point now);
  struct excerpt {
    std::deque<tailed_event> events;
    std::uint64_t skipped = 0;  ///< since the last one
  };
  /// What has come since the last time; nothing: there is no such reader any more.
  std::optional<excerpt> take(std::uint64_t number, runtime::time_point now);
  void close(std::uint64_t number);

 private:
  struct reader {
    tail_wish wish;
    runtime::time_point asked;
    std::deque<tailed_event> events{};
    std::size_t bytes = 0;
    std::uint64_t skipped = 0;
    std::uint64_t missed_before = 0;  ///< of `missed_`, what it has been told

    [[nodiscard]] bool wants(const delivered_view& event) const;
    void keep(const delivered_view& event);
  };

  void forget_silent(runtime::time_point now);

  std::atomic<std::size_t> readers_count_{0};
  std::atomic<std::uint64_t> missed_{0};  ///< came while the lock was taken
  std::mutex mutex_;
  std::map<std::uint64_t, reader> readers_;
  std::uint64_t last_reader_ = 0;
};

}  // namespace gatehouse::delivery
