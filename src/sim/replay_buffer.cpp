#include "replay_buffer.hpp"

namespace gatehouse::sim {

void replay_buffer::give_up_oldest() {
  given_up_ = held_.front().first;
  held_.pop_front();
}

void replay_buffer::push(std::uint64_t seq, std::string payload) {
  held_.emplace_back(seq, std::move(payload));
  while (held_.size() > capacity_) give_up_oldest();
}

void replay_buffer::trim(std::uint64_t seq) {
  while (!held_.empty() && held_.front().first <= seq) give_up_oldest();
}

}  // namespace gatehouse::sim
