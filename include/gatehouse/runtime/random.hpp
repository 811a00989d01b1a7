#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>

namespace gatehouse::runtime {

/// Source of jitter: returns a number in [0, 1). Injected, so that a test decides what "random" is.
/// Not thread-safe; each worker owns one.
using random_source = std::function<double()>;

/// A source seeded from the operating system. Copies draw from the same sequence: shards that were
/// handed a copy each must not all wait the same "random" time.
inline random_source make_random_source() {
  return [engine = std::make_shared<std::mt19937_64>(std::random_device{}())] {
    return std::uniform_real_distribution<double>{0.0, 1.0}(*engine);
  };
}

/// The pause after the n-th failed try in a row, n from 1 on: `floor` and a random part ("full
/// jitter") of what is left to a ceiling, which doubles from `first` up to `limit`. `random` in
/// [0, 1).
inline duration growing_pause(int tries, duration first, duration limit, double random,
                              duration floor = duration::zero()) {
  constexpr int most_doublings = 20;
  const int doublings = std::clamp(tries - 1, 0, most_doublings);
  const duration ceiling =
      std::min(first * (duration::rep{1} << doublings), std::max(limit, first));
  return floor + std::chrono::duration_cast<duration>((ceiling - floor) * random);
}

}  // namespace gatehouse::runtime
