#pragma once

#include <gatehouse/storage/event_batch.hpp>
#include <gatehouse/storage/spool.hpp>

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace gatehouse::storage {

/// What the spool is asked for, and what comes of it until it is answered.
struct store_operation {
  event_batch batch;
  std::function<void(store_result)> done;
  store_outcome outcome = store_outcome::stored;
  std::string reason;
};
struct remove_operation {
  std::vector<event_key> keys;
};
struct defer_operation {
  event_key key;
  int callback_type;
};
struct load_operation {
  load_request wanted;
  std::function<void(load_result)> done;
  load_result result;
};
struct purge_operation {
  purge_request wanted;
  std::function<void(std::vector<event_facts>)> done;
  std::vector<event_facts> dropped;
};
struct reroute_operation {
  reroute_request wanted;
  std::function<void(reroute_result)> done;
  reroute_result result;
};
using spool_operation = std::variant<store_operation, remove_operation, defer_operation,
                                     load_operation, purge_operation, reroute_operation>;

}  // namespace gatehouse::storage
