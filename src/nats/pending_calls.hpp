#pragma once

#include <gatehouse/nats/engine.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace gatehouse::nats {

/// Called once, on whatever thread.
using reply_handler = std::function<void(result<message>)>;

/// Calls that wait for their answers, each with a token and a deadline. Pure.
class pending_calls {
 public:
  std::uint64_t add(reply_handler done, runtime::time_point deadline);
  /// Nothing for a token that is unknown, or answered or expired already.
  std::optional<reply_handler> take(std::uint64_t token);
  [[nodiscard]] bool has(std::uint64_t token) const { return calls_.contains(token); }
  std::vector<reply_handler> expire(runtime::time_point now);
  std::vector<reply_handler> take_all();

  [[nodiscard]] std::size_t size() const noexcept { return calls_.size(); }
  /// `time_point::max()`: nothing waits.
  [[nodiscard]] runtime::time_point next_deadline() const;

 private:
  struct call {
    reply_handler done;
    runtime::time_point deadline;
  };
  std::map<std::uint64_t, call> calls_;
  std::set<std::pair<runtime::time_point, std::uint64_t>> deadlines_;
  std::uint64_t last_token_ = 0;
};

}  // namespace gatehouse::nats
