#pragma once

#include <gatehouse/gateway/shard_key.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace gatehouse::gateway {

/// Leave to identify. What is told of a grant that is over, or of another one, changes nothing.
struct identify_grant {
  shard_key shard;
  std::uint64_t id = 0;
  bool operator==(const identify_grant&) const = default;
};

/// Who may identify when: the pure core of the gate that all workers and generations share.
///
/// discord-api-docs: gateway, Rate Limiting. Shards with the same `shard_id % max_concurrency`
/// share a bucket; a bucket is occupied from the grant until `sent` or `abandon`, and after `sent`
/// for the spacing. Breaking the session-start limit resets the bot's token, so the count only errs
/// towards too few: a grant costs one at once, and only `abandon` gives it back; no answer of
/// `/gateway/bot` raises it within a period, and at the end of one nobody identifies before Discord
/// has been asked again.
///
/// Waiting shards go in the order of their generations (the older one is the one that serves), then
/// of their arrival; those that arrive between two grants go by shard id, so that a start goes
/// through the shards in order.
class identify_gate {
 public:
  /// A grant that is neither used nor abandoned for this long is void.
  static constexpr runtime::seconds grant_lifetime{60};
  /// An answer of `/gateway/bot` is not older than that.
  static constexpr runtime::seconds answer_age{120};
  /// Length of a session-start period that has not begun yet, or whose end is not known.
  static constexpr std::chrono::hours period{24};

  explicit identify_gate(runtime::duration spacing, int max_concurrency = 1);

  /// Replaces an earlier request of the same key.
  void request(shard_key key, runtime::time_point now);
  /// The request, or whatever was granted for it, will not be used.
  void abandon(shard_key key, runtime::time_point now);
  /// This grant will not be used.
  void abandon(identify_grant unused, runtime::time_point now);
  /// Identify was sent. Counts even if the grant has expired: what Discord saw is what matters.
  void sent(identify_grant used, runtime::time_point now);
  /// An identify of an earlier run.
  void restore(int shard_id, runtime::time_point at);

  /// Whoever may identify now; nobody while the limit is not known. Each is told once.
  [[nodiscard]] std::vector<identify_grant> grants(runtime::time_point now);
  /// When `grants` is next worth calling; nothing while nobody waits, or the limit is not known.
  [[nodiscard]] std::optional<runtime::time_point> next_wakeup(runtime::time_point now);

  /// As `/gateway/bot` has said when it was asked at `asked_at`. What was sent since then it may
  /// not have counted.
  void update_limit(int total, int remaining, runtime::duration reset_after, int max_concurrency,
                    runtime::time_point asked_at, runtime::time_point now);
  /// A period is over: how many identifies the next one has is for Discord to say.
  [[nodiscard]] bool wants_limit(runtime::time_point now);

  /// Set while no identify is left: when the next period begins.
  [[nodiscard]] std::optional<runtime::time_point> exhausted_until(runtime::time_point now);
  /// Identifies left, as far as known here.
  [[nodiscard]] std::optional<int> remaining(runtime::time_point now);
  /// As Discord said; 0 before it has.
  [[nodiscard]] int total() const noexcept { return total_; }
  /// When the period under way ends; nothing if none is, or it is not known.
  [[nodiscard]] std::optional<runtime::time_point> resets_at() const noexcept {
    return limit_ ? limit_->reset_at : std::nullopt;
  }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
  [[nodiscard]] int max_concurrency() const noexcept { return max_concurrency_; }
  [[nodiscard]] std::size_t bucket_of(int shard_id) const noexcept;

 private:
  struct waiter {
    int generation;
    std::uint64_t round;  ///< how many batches of grants had been given when it arrived
    int shard_id;
    auto operator<=>(const waiter&) const = default;
  };
  struct grant {
    identify_grant given;
    runtime::time_point at;
  };
  struct identify {
    int shard_id;
    runtime::time_point at;
  };
  struct limit {
    int remaining;
    std::optional<runtime::time_point> reset_at;  ///< unset: the period begins with an identify
  };

  /// Per bucket: when it will be free; long past if it is.
  [[nodiscard]] std::vector<runtime::time_point> free_times() const;
  void forget_old(runtime::time_point now);
  void end_period(runtime::time_point now);
  bool take_one(runtime::time_point now);
  void give_back(std::size_t grants);

  runtime::duration spacing_;
  int max_concurrency_;
  std::set<waiter> waiting_;
  std::vector<grant> granted_;
  std::vector<identify> recent_;  ///< of the last `answer_age` at least
  std::optional<limit> limit_;    ///< nothing: not known
  bool is_period_over_ = false;
  int total_ = 0;
  std::uint64_t round_ = 0;
  std::uint64_t last_id_ = 0;
};

}  // namespace gatehouse::gateway
