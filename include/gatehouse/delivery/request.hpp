#pragma once

#include <gatehouse/delivery/event_queue.hpp>

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <vector>

namespace gatehouse::delivery {

struct lane;

/// What goes to a handler in one POST: one event, or a batch of them. Made, recycled and kept alive
/// by its `lane_scheduler`; whoever took it gives it back by `settle` or `put_back`.
struct request : boost::intrusive::list_base_hook<> {
  event_queue events;
  std::size_t slot = 0;      ///< the connection slot it was taken for
  bool is_single = false;    ///< repeats one event of a refused batch, alone
  std::vector<lane*> lanes;  ///< the scheduler's: where its events came from, in order
};

/// Requests in the order they were sent on a connection.
using request_queue = boost::intrusive::list<request, boost::intrusive::constant_time_size<false>>;

}  // namespace gatehouse::delivery
