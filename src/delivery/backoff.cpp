#include <gatehouse/delivery/backoff.hpp>

#include <algorithm>

namespace gatehouse::delivery {

namespace {
constexpr std::uint32_t max_doublings = 20;
}

backoff::backoff(runtime::milliseconds initial, runtime::milliseconds limit,
                 runtime::random_source& random)
    : initial_(initial), limit_(std::max(limit, initial)), random_(&random) {}

runtime::duration backoff::after(std::uint32_t tries) const {
  const std::uint32_t doublings = std::min(tries == 0 ? 0 : tries - 1, max_doublings);
  const runtime::duration ceiling =
      std::min(initial_ * (runtime::duration::rep{1} << doublings), limit_);
  const runtime::duration floor = initial_ / 4;
  const auto room = static_cast<double>((ceiling - floor).count());
  return floor + runtime::duration{static_cast<runtime::duration::rep>(room * (*random_)())};
}

}  // namespace gatehouse::delivery
