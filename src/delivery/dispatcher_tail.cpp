#include "dispatcher_impl.hpp"

#include <gatehouse/delivery/request_encoder.hpp>

namespace gatehouse::delivery {

/// To those who watch; only while somebody does.
void dispatcher::impl::show(const events::event& done) {
  const auto now = runtime::clock::now();
  const auto id = event_id(done);
  const auto& target = *targets_[done.target];
  chosen_.tail->offer({types_.name(done.type), done.shard_id(), done.guild_id, id, target.name(),
                       done.attempts, now - done.received, done.payload()},
                      now);
}

}  // namespace gatehouse::delivery
