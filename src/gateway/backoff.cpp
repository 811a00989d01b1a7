#include <gatehouse/gateway/backoff.hpp>
#include <gatehouse/runtime/random.hpp>

#include <algorithm>

namespace gatehouse::gateway {

runtime::duration backoff::next(double random, runtime::seconds cap) noexcept {
  const int attempt = attempts_++;
  if (attempt == 0) return runtime::duration::zero();
  return runtime::growing_pause(attempt, base, cap, random);
}

void backoff::reset(runtime::time_point now) noexcept {
  attempts_ = 0;
  well_since_ = now;
}

void backoff::on_lost(runtime::time_point now) noexcept {
  const bool died_young = now - well_since_ < young;
  attempts_ = died_young ? died_young_ : 0;
  died_young_ = died_young ? std::min(died_young_ + 1, most_held_against) : 0;
}

}  // namespace gatehouse::gateway
