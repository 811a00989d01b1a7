#pragma once

#include "payloads.hpp"

#include <gatehouse/events/event.hpp>
#include <gatehouse/events/event_type.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::bench {

/// Makes events as a shard does, numbered in one session. Must outlive them.
class event_source {
 public:
  explicit event_source(int shard_id = 3);

  events::event_ptr make(std::uint64_t guild_id);

 private:
  std::string prefix_;
  std::vector<std::string> payloads_;
  events::event_type_registry types_;
  events::event_type type_;
  events::event_pool pool_;
  events::session_log_ptr session_;
  std::int64_t seq_ = 0;
};

}  // namespace gatehouse::bench
