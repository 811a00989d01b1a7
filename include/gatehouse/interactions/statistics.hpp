#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace gatehouse::interactions {

/// What became of the interactions that were to be answered in place of their handler.
struct statistics {
  static constexpr std::size_t callback_types = 9;

  std::array<std::uint64_t, callback_types> answered{};  ///< by callback type: 4, 5, 6, 8
  std::uint64_t already_acknowledged = 0;                ///< somebody else was faster
  std::uint64_t unknown = 0;                             ///< too late for Discord
  std::uint64_t failed = 0;
  std::uint64_t under_way = 0;  ///< now

  // Age of the answered ones, since the event was received.
  runtime::duration age_sum{};
  runtime::duration age_max{};

  [[nodiscard]] std::uint64_t answered_in_all() const noexcept {
    std::uint64_t sum = 0;
    for (const auto count : answered) sum += count;
    return sum;
  }
};

}  // namespace gatehouse::interactions
