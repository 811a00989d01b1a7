#include "pending_calls.hpp"

namespace gatehouse::nats {

std::uint64_t pending_calls::add(reply_handler done, runtime::time_point deadline) {
  const auto token = ++last_token_;
  calls_.emplace(token, call{std::move(done), deadline});
  deadlines_.emplace(deadline, token);
  return token;
}

std::optional<reply_handler> pending_calls::take(std::uint64_t token) {
  const auto found = calls_.find(token);
  if (found == calls_.end()) return std::nullopt;
  auto done = std::move(found->second.done);
  deadlines_.erase({found->second.deadline, token});
  calls_.erase(found);
  return done;
}

std::vector<reply_handler> pending_calls::expire(runtime::time_point now) {
  std::vector<reply_handler> expired;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    expired.push_back(*take(deadlines_.begin()->second));
  }
  return expired;
}

std::vector<reply_handler> pending_calls::take_all() {
  std::vector<reply_handler> all;
  all.reserve(calls_.size());
  for (auto& [token, waiting] : calls_) all.push_back(std::move(waiting.done));
  calls_.clear();
  deadlines_.clear();
  return all;
}

runtime::time_point pending_calls::next_deadline() const {
  return deadlines_.empty() ? runtime::time_point::max() : deadlines_.begin()->first;
}

}  // namespace gatehouse::nats
