#pragma once

#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/sim/fault.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <vector>

namespace gatehouse::sim {

/// Whether a fault waits for a connection or resume to come, rather than striking live ones.
bool waits_for_client(fault_kind kind) noexcept;

/// The faults that were ordered and have not struck yet.
class fault_plan {
 public:
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  void add(const fault& what);
  void add(const rest_fault& what) { rest_.push_back(what); }
  void clear();

  /// One use of a waiting fault; `shard` is unknown before identify or resume.
  std::optional<fault> take_waiting(fault_kind kind, std::optional<std::uint32_t> shard);
  std::optional<rest_fault> take_rest(rest_route route);
  /// Live faults whose time has come, or that have no trigger.
  std::vector<fault> take_due(runtime::duration since_start);
  /// Live faults triggered by a shard's number of events. One without a shard strikes each once.
  std::vector<fault> take_reached(std::uint32_t shard, std::uint64_t events);
  /// The smallest number of events that could trigger something.
  [[nodiscard]] std::uint64_t next_event() const noexcept { return next_event_; }

 private:
  struct counted_fault {
    fault what;
    std::set<std::uint32_t> struck;
  };

  std::vector<fault> waiting_;
  std::vector<fault> timed_;
  std::vector<counted_fault> counted_;
  std::vector<rest_fault> rest_;
  std::uint64_t next_event_ = never;
};

}  // namespace gatehouse::sim
