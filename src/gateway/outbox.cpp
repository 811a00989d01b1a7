#include <gatehouse/gateway/outbox.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::gateway {

using kind = send_limiter::kind;

outbox::outbox(std::size_t command_capacity) : capacity_(command_capacity) {}

std::optional<std::uint64_t> outbox::push_command(std::string text, opcode op) {
  if (commands() >= capacity_) return std::nullopt;
  return push_again(std::move(text), op);
}

std::uint64_t outbox::push_again(std::string text, opcode op) {
  queue& into = op == opcode::presence_update ? presences_ : commands_;
  into.push_back({++last_number_, std::move(text)});
  return last_number_;
}

void outbox::push_requested_heartbeat(std::string text) {
  if (!heartbeat_) heartbeat_ = {{}, kind::requested_heartbeat};
  heartbeat_->text = std::move(text);
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

std::optional<outgoing_frame> outbox::next(time_point now) {
  if (heartbeat_ && limiter_.ready_at(heartbeat_->kind, now) <= now) {
    limiter_.sent(heartbeat_->kind, now);
    return outgoing_frame{std::exchange(heartbeat_, std::nullopt)->text};
  }
  if (!session_frames_.empty() && limiter_.ready_at(kind::session, now) <= now) {
    outgoing_frame frame{std::move(session_frames_.front())};
    session_frames_.pop_front();
    limiter_.sent(kind::session, now);
    return frame;
  }
  queue* from = eligible(now);
  if (from == nullptr) return std::nullopt;
  limiter_.sent(from == &presences_ ? kind::presence : kind::command, now);
  outgoing_frame frame{std::move(from->front().text), from->front().number};
  from->pop_front();
  return frame;
}

std::optional<time_point> outbox::ready_at(time_point now) {
  std::optional<time_point> earliest;
  const auto consider = [&](bool waiting, kind what) {
    if (!waiting) return;
    const time_point at = limiter_.ready_at(what, now);
    earliest = earliest ? std::min(*earliest, at) : at;
  };
  if (heartbeat_) consider(true, heartbeat_->kind);
  consider(!session_frames_.empty(), kind::session);
  consider(open_ && !commands_.empty(), kind::command);
  consider(open_ && !presences_.empty(), kind::presence);
  return earliest;
}

bool outbox::holds(const queue& in, std::uint64_t number) {
  const auto found =
      std::lower_bound(in.begin(), in.end(), number,
                       [](const command& c, auto wanted) { return c.number < wanted; });
  return found != in.end() && found->number == number;
}

/// Plays what is to come on a copy of the limit.
std::optional<time_point> outbox::expected_at(std::uint64_t number, time_point now) const {
  if (!open_ || !(holds(commands_, number) || holds(presences_, number))) return std::nullopt;
  send_limiter limiter = limiter_;
  auto next_command = commands_.begin();
  auto next_presence = presences_.begin();
  time_point at = now;
  for (;;) {
    constexpr auto never = time_point::max();
    const auto command_at =
        next_command == commands_.end() ? never : limiter.ready_at(kind::command, at);
    const auto presence_at =
        next_presence == presences_.end() ? never : limiter.ready_at(kind::presence, at);
    const bool is_command = command_at == presence_at ? next_command->number < next_presence->number
                                                      : command_at < presence_at;
    at = std::min(command_at, presence_at);
    if ((is_command ? next_command : next_presence)->number == number) return at;
    limiter.sent(is_command ? kind::command : kind::presence, at);
    ++(is_command ? next_command : next_presence);
  }
}

std::optional<time_point> outbox::place_at(time_point now) {
  if (commands() < capacity_) return now;
  if (!open_) return std::nullopt;
  auto earliest = time_point::max();
  if (!commands_.empty()) earliest = limiter_.ready_at(kind::command, now);
  if (!presences_.empty()) earliest = std::min(earliest, limiter_.ready_at(kind::presence, now));
  return earliest;
}

std::size_t outbox::drop_commands() {
  const std::size_t dropped = commands();
  commands_.clear();
  presences_.clear();
  return dropped;
}

void outbox::on_new_connection() {
  limiter_.reset();
  heartbeat_.reset();
  session_frames_.clear();
}

std::size_t outbox::size() const noexcept {
  return (heartbeat_ ? 1U : 0U) + session_frames_.size() + commands();
}

}  // namespace gatehouse::gateway
