#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace gatehouse::delivery {

/// How long events took from the socket's read to the handler's accepting answer, in buckets as
/// Prometheus has them. Fixed in size; adding one is a search of 16 numbers and two additions.
class latency_histogram {
 public:
  /// Upper bounds, inclusive; what took longer is counted in one more bucket.
  static constexpr std::array<runtime::duration, 16> bounds{
      std::chrono::microseconds{500},  std::chrono::milliseconds{1},
      std::chrono::microseconds{2500}, std::chrono::milliseconds{5},
      std::chrono::milliseconds{10},   std::chrono::milliseconds{25},
      std::chrono::milliseconds{50},   std::chrono::milliseconds{100},
      std::chrono::milliseconds{250},  std::chrono::milliseconds{500},
      std::chrono::milliseconds{1000}, std::chrono::milliseconds{2500},
      std::chrono::seconds{5},         std::chrono::seconds{10},
      std::chrono::seconds{30},        std::chrono::seconds{60}};
  using counts = std::array<std::uint64_t, bounds.size() + 1>;

  /// Hot path: once per event. What seems to end before it began (an event from the spool, after
  /// the wall clock was set back) took no time.
  void add(runtime::duration took) noexcept {
    if (took < runtime::duration::zero()) took = runtime::duration::zero();
    std::size_t bucket = 0;
    while (bucket < bounds.size() && took > bounds[bucket]) ++bucket;
    ++counts_[bucket];
    sum_seconds_ += std::chrono::duration<double>(took).count();
  }

  void add(const latency_histogram& other) noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    sum_seconds_ += other.sum_seconds_;
  }

  /// By bucket, not cumulative.
  [[nodiscard]] const counts& by_bucket() const noexcept { return counts_; }
  [[nodiscard]] double sum_seconds() const noexcept { return sum_seconds_; }

 private:
  counts counts_{};
  double sum_seconds_ = 0;
};

}  // namespace gatehouse::delivery
