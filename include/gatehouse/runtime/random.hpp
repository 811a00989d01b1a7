#pragma once

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

}  // namespace gatehouse::runtime
