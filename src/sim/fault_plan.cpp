#include "fault_plan.hpp"

#include <algorithm>

namespace gatehouse::sim {

bool waits_for_client(fault_kind kind) noexcept {
  switch (kind) {
    case fault_kind::refuse_connection:
    case fault_kind::slow_hello:
    case fault_kind::reconnect_instead_of_hello:
    case fault_kind::close_instead_of_hello:
    case fault_kind::refuse_resume:
      return true;
    default:
      return false;
  }
}

void fault_plan::add(const fault& what) {
  if (waits_for_client(what.kind)) {
    waiting_.push_back(what);
  } else if (what.at_event) {
    counted_.push_back({.what = what, .struck = {}});
    next_event_ = std::min(next_event_, *what.at_event);
  } else {
    timed_.push_back(what);
  }
}

void fault_plan::clear() {
  waiting_.clear();
  timed_.clear();
  counted_.clear();
  rest_.clear();
  next_event_ = never;
}

namespace {

/// Takes one use of the first entry that matches.
template <typename Fault, typename Matches>
std::optional<Fault> take_use(std::vector<Fault>& from, Matches&& matches) {
  const auto found = std::find_if(from.begin(), from.end(), matches);
  if (found == from.end()) return std::nullopt;
  Fault taken = *found;
  if (found->times <= 1) {
    from.erase(found);
  } else {
    --found->times;
  }
  return taken;
}

}  // namespace

std::optional<fault> fault_plan::take_waiting(fault_kind kind, std::optional<std::uint32_t> shard) {
  return take_use(waiting_, [&](const fault& candidate) {
    return candidate.kind == kind && (!candidate.shard || !shard || candidate.shard == shard);
  });
}

std::optional<rest_fault> fault_plan::take_rest(rest_route route) {
  return take_use(rest_, [&](const rest_fault& candidate) {
    return candidate.route == rest_route::any || candidate.route == route;
  });
}

std::vector<fault> fault_plan::take_due(runtime::duration since_start) {
  std::vector<fault> due;
  std::erase_if(timed_, [&](const fault& candidate) {
    const bool is_due = !candidate.at_time || *candidate.at_time <= since_start;
    if (is_due) due.push_back(candidate);
    return is_due;
  });
  return due;
}

std::vector<fault> fault_plan::take_reached(std::uint32_t shard, std::uint64_t events) {
  std::vector<fault> reached;
  std::erase_if(counted_, [&](counted_fault& candidate) {
    const auto& what = candidate.what;
    if (events < *what.at_event || (what.shard && *what.shard != shard)) return false;
    if (candidate.struck.insert(shard).second) reached.push_back(what);
    return what.shard.has_value();
  });
  next_event_ = never;
  for (const auto& left : counted_) next_event_ = std::min(next_event_, *left.what.at_event);
  return reached;
}

}  // namespace gatehouse::sim
