#pragma once

#include <gatehouse/shard/shard.hpp>

#include <utility>

namespace gatehouse::shard {

/// Feeds one input to the session, `input(session, now, actions)`, and performs what comes of it.
template <class Input>
void shard::step(Input&& input) {
  if (log_) session_.set_safe_seq(services_.has_store ? stored_seq_ : log_->safe_seq());
  std::forward<Input>(input)(session_, runtime::clock::now(), actions_);
  perform();
}

}  // namespace gatehouse::shard
