#include <gatehouse/gateway/backoff.hpp>

#include <algorithm>

namespace gatehouse::gateway {

runtime::duration backoff::next(double random) noexcept {
  const int attempt = attempts_++;
  if (attempt == 0) return runtime::duration::zero();
  constexpr int doublings_to_cap = 7;
  const runtime::seconds ceiling =
      std::min(cap, base * (1 << std::min(attempt - 1, doublings_to_cap)));
  return std::chrono::duration_cast<runtime::duration>(std::chrono::duration<double>(ceiling) *
                                                       random);
}

void backoff::reset(runtime::time_point now) noexcept {
  attempts_ = 0;
  well_since_ = now;
}

void backoff::on_lost(runtime::time_point now) noexcept {
  if (now - well_since_ >= young) died_young_ = 0;
  attempts_ = died_young_;
  ++died_young_;
}

}  // namespace gatehouse::gateway
