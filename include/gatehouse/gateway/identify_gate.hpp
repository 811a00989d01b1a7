#pragma once

#include <gatehouse/gateway/shard_key.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace gatehouse::gateway {

/// Who may identify when: the pure core of the gate that all workers and generations share.
///
/// discord-api-docs: gateway, Rate Limiting. Shards with the same `shard_id % max_concurrency`
/// share a bucket; a bucket is occupied from the grant until `sent` or `abandon`, and after `sent`
/// for the spacing. Breaking the session-start limit resets the bot's token, so the count only errs
/// towards too few: a grant costs one at once, and only `abandon` gives it back.
///
/// Waiting shards go in the order of their generations (the older one is the one that serves), then
/// of their arrival; those that arrive between two grants go by shard id, so that a start goes
/// through the shards in order.
class identify_gate {
 public:
  /// A grant that is neither used nor abandoned for this long is void.
  static constexpr runtime::seconds grant_lifetime{60};
  /// Length of a session-start period that has not begun yet, or whose end is not known.
  static constexpr std::chrono::hours period{24};

  explicit identify_gate(runtime::duration spacing, int max_concurrency = 1);

  /// Replaces an earlier request of the same key.
  void request(shard_key key, runtime::time_point now);
  /// The request, or the grant, will not be used.
  void abandon(shard_key key, runtime::time_point now);
  /// Identify was sent.
  void sent(shard_key key, runtime::time_point now);

  /// Whoever may identify now. Each is told once.
  [[nodiscard]] std::vector<shard_key> grants(runtime::time_point now);
  /// When `grants` is next worth calling; nothing while nobody waits.
  [[nodiscard]] std::optional<runtime::time_point> next_wakeup(runtime::time_point now);

  /// As `/gateway/bot` says. Until the first call the number of identifies is not limited.
  void update_limit(int total, int remaining, runtime::duration reset_after, int max_concurrency,
                    runtime::time_point now);

  /// Set while no identify is left: when the next period begins.
  [[nodiscard]] std::optional<runtime::time_point> exhausted_until(runtime::time_point now);
  /// Identifies left, as far as known here.
  [[nodiscard]] std::optional<int> remaining(runtime::time_point now);
  /// As Discord said; 0 before it has.
  [[nodiscard]] int total() const noexcept { return limit_ ? limit_->total : 0; }
  /// When the period under way ends; nothing if none is, or it is not known.
  [[nodiscard]] std::optional<runtime::time_point> resets_at() const noexcept {
    return limit_ ? limit_->reset_at : std::nullopt;
  }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
  [[nodiscard]] int max_concurrency() const noexcept { return max_concurrency_; }
  /// Grants that became void.
  [[nodiscard]] std::uint64_t expired_grants() const noexcept { return expired_; }

 private:
  struct waiter {
    int generation;
    std::uint64_t round;  ///< how many batches of grants had been given when it arrived
    int shard_id;
    auto operator<=>(const waiter&) const = default;
  };
  struct grant {
    shard_key key;
    runtime::time_point at;
  };
  struct identify {
    int shard_id;
    runtime::time_point at;
  };
  struct limit {
    int total;
    int remaining;
    std::optional<runtime::time_point> reset_at;  ///< unset: the period begins with an identify
  };

  [[nodiscard]] std::size_t bucket_of(int shard_id) const noexcept;
  /// Per bucket: when it will be free; long past if it is.
  [[nodiscard]] std::vector<runtime::time_point> free_times() const;
  void forget_old(runtime::time_point now);
  void begin_new_period(runtime::time_point now);
  bool take_one(runtime::time_point now);
  bool forget_request(shard_key key);

  runtime::duration spacing_;
  int max_concurrency_;
  std::set<waiter> waiting_;
  std::vector<grant> granted_;
  std::vector<identify> recent_;
  std::optional<limit> limit_;
  std::uint64_t round_ = 0;
  std::uint64_t expired_ = 0;
};

}  // namespace gatehouse::gateway
