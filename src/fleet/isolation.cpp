#include <gatehouse/fleet/isolation.hpp>

#include <algorithm>

namespace gatehouse::fleet {
namespace {

void advance(std::optional<runtime::time_point>& newest, runtime::time_point to) {
  newest = newest ? std::max(*newest, to) : to;
}

}  // namespace

void isolation::write_accepted(runtime::time_point asked_at) {
  advance(written_, asked_at);
}

void isolation::plan_read(runtime::time_point asked_at) {
  advance(read_, asked_at);
}

contact isolation::at(runtime::time_point now) const {
  if (!written_ || !read_) return contact::isolated;  // holds nothing yet that it could stop
  const auto away = now - std::min(*written_, *read_);
  if (stop_after_ && away >= *stop_after_) return contact::stopped;
  return away >= silence ? contact::isolated : contact::live;
}

}  // namespace gatehouse::fleet
