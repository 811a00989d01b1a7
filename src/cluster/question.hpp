#pragma once

#include <gatehouse/cluster/manager.hpp>

#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace gatehouse::cluster {

/// A question under way to one worker or more. Lives in the coroutine that asks.
struct manager::question {
  explicit question(boost::asio::io_context& context) : answered(context) {}

  std::size_t missing = 0;  ///< answers still to come
  boost::asio::steady_timer answered;
  std::vector<command_result> results;
  std::optional<request_result> request;
};

}  // namespace gatehouse::cluster
