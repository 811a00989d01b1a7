#include "step.hpp"

#include <gatehouse/shard/shard.hpp>

/// The part of a shard that is told whether it may identify.
namespace gatehouse::shard {

void shard::allow_identify(runtime::time_point until) {
  session_.set_presence(choose_presence());
  step([until](auto& session, auto now, auto& out) {
    session.on_identify_allowed(now, out, until);
  });
}

void shard::withdraw_leave() {
  step([](auto& session, auto now, auto& out) { session.on_leave_withdrawn(now, out); });
}

}  // namespace gatehouse::shard
