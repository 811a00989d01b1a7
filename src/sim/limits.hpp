#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

namespace gatehouse::sim {

/// At most `count` in any span of `window`.
class sliding_window {
 public:
  sliding_window(std::size_t count, runtime::duration window) : count_(count), window_(window) {}
  /// Counts one at `now`; false when that is one too many (it is then not counted).
  bool admit(runtime::time_point now);

 private:
  std::size_t count_;
  runtime::duration window_;
  std::deque<runtime::time_point> admitted_;
};

/// The identify limits of a token (discord-api-docs: gateway, Rate Limiting and Session Start
/// Limit Object).
class identify_limits {
 public:
  enum class verdict { admitted, too_fast, exhausted };

  identify_limits(std::uint32_t max_concurrency, runtime::duration window, std::uint32_t starts);

  [[nodiscard]] std::uint32_t bucket(std::uint32_t shard_id) const noexcept {
    return shard_id % max_concurrency_;
  }
  verdict admit(std::uint32_t shard_id, runtime::time_point now);
  [[nodiscard]] std::uint32_t remaining() const noexcept { return remaining_; }
  void set_remaining(std::uint32_t remaining) noexcept { remaining_ = remaining; }

 private:
  std::uint32_t max_concurrency_;
  runtime::duration window_;
  std::uint32_t remaining_;
  std::unordered_map<std::uint32_t, runtime::time_point> last_by_bucket_;
};

}  // namespace gatehouse::sim
