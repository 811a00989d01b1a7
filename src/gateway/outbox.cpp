#include <gatehouse/gateway/outbox.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::gateway {

using kind = send_limiter::kind;

outbox::outbox(std::size_t command_capacity) : capacity_(command_capacity) {}

bool outbox::push(std::string text, send_priority priority, opcode op) {
  switch (priority) {
    case send_priority::heartbeat:
      heartbeat_ = std::move(text);
      return true;
    case send_priority::session:
      session_frames_.push_back(std::move(text));
      return true;
    case send_priority::command:
      break;
  }
  if (commands_.size() + presences_.size() >= capacity_) return false;
  queue& into = op == opcode::presence_update ? presences_ : commands_;
  into.push_back({++last_number_, std::move(text)});
  return true;
}

std::string outbox::take(queue& from) {
  std::string text = std::move(from.front().text);
  from.pop_front();
  return text;
}

outbox::queue* outbox::eligible(time_point now) {
  if (!open_) return nullptr;
  const bool command_ready = !commands_.empty() && limiter_.ready_at(kind::command, now) <= now;
  const bool presence_ready = !presences_.empty() && limiter_.ready_at(kind::presence, now) <= now;
  if (command_ready && presence_ready) {
    return commands_.front().number < presences_.front().number ? &commands_ : &presences_;
  }
  if (command_ready) return &commands_;
  return presence_ready ? &presences_ : nullptr;
}

std::optional<std::string> outbox::next(time_point now) {
  if (heartbeat_) {
    limiter_.sent(kind::heartbeat, now);
    return std::exchange(heartbeat_, std::nullopt);
  }
  if (!session_frames_.empty() && limiter_.ready_at(kind::session, now) <= now) {
    std::string text = std::move(session_frames_.front());
    session_frames_.pop_front();
    limiter_.sent(kind::session, now);
    return text;
  }
  queue* from = eligible(now);
  if (from == nullptr) return std::nullopt;
  limiter_.sent(from == &presences_ ? kind::presence : kind::command, now);
  return take(*from);
}

std::optional<time_point> outbox::ready_at(time_point now) {
  if (heartbeat_) return now;
  std::optional<time_point> earliest;
  const auto consider = [&](bool waiting, kind what) {
    if (!waiting) return;
    const time_point at = limiter_.ready_at(what, now);
    earliest = earliest ? std::min(*earliest, at) : at;
  };
  consider(!session_frames_.empty(), kind::session);
  consider(open_ && !commands_.empty(), kind::command);
  consider(open_ && !presences_.empty(), kind::presence);
  return earliest;
}

void outbox::on_new_connection() {
  limiter_.reset();
  heartbeat_.reset();
  session_frames_.clear();
}

std::size_t outbox::size() const noexcept {
  return (heartbeat_ ? 1U : 0U) + session_frames_.size() + commands_.size() + presences_.size();
}

}  // namespace gatehouse::gateway
