#pragma once

#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/runtime/random.hpp>

#include <cstdint>

namespace gatehouse::delivery {

/// Growing pauses with full jitter: between a floor (a quarter of the first pause, so that bad luck
/// never turns retries into a busy loop) and the first pause doubled with every try up to a limit.
class backoff {
 public:
  /// The random source must outlive the object.
  backoff(runtime::milliseconds initial, runtime::milliseconds limit,
          runtime::random_source& random);
  /// The pause after the n-th failed try in a row, n from 1 on.
  [[nodiscard]] runtime::duration after(std::uint32_t tries) const;

 private:
  runtime::duration initial_;
  runtime::duration limit_;
  runtime::random_source* random_;
};

}  // namespace gatehouse::delivery
