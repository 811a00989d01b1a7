#include <gatehouse/fleet/leave_desk.hpp>

#include <utility>

namespace gatehouse::fleet {
namespace {

/// A question that is not repeated for so long is withdrawn.
constexpr auto patience = 2 * leave_retry + runtime::seconds{1};

gateway::shard_key key_of(int shard_id) {
  return {shard_id, 0};
}

}  // namespace

leave_desk::leave_desk(runtime::duration spacing, runtime::time_point not_before)
    : not_before_(not_before), gate_(spacing) {}

void leave_desk::learn(int total, int remaining, runtime::duration reset_after, int max_concurrency,
                       runtime::time_point asked_at, runtime::time_point now) {
  gate_.update_limit(total, remaining, reset_after, max_concurrency, asked_at, now);
}

bool leave_desk::wants_limit(runtime::time_point now) {
  return gate_.wants_limit(now);
}

std::optional<granted_leave> leave_desk::asked(const leave_wanted& asked, runtime::time_point now) {
  forget_old(now);
  for (const auto& each : storing_) {
    if (each.leave.shard_id == asked.shard_id) return std::nullopt;
  }
  // Its bucket is occupied: another question of the same shard must not free it.
  if (const auto given = outstanding_.find(asked.shard_id); given != outstanding_.end()) {
    const auto& leave = given->second.leave;
    const bool is_same = leave.asker == asked.asker && leave.epoch == asked.epoch;
    return is_same ? std::optional(leave) : std::nullopt;
  }
  const auto known = questions_.find(asked.shard_id);
  if (known == questions_.end()) {
    gate_.request(key_of(asked.shard_id), now);
  } else if (asked.epoch < known->second.content.epoch) {
    return std::nullopt;  // late, of an earlier owner
  }
  questions_[asked.shard_id] = {asked, now};
  return std::nullopt;
}

void leave_desk::over(const leave_over& report, runtime::time_point now) {
  const auto known = outstanding_.find(report.leave.shard_id);
  if (known == outstanding_.end() || known->second.leave != report.leave) return;
  if (report.was_sent) {
    gate_.sent(known->second.grant, now);
  } else {
    gate_.abandon(known->second.grant, now);
  }
  outstanding_.erase(known);
}

/// Leave of which nothing was heard until it was void counts as used at the last moment.
void leave_desk::forget_old(runtime::time_point now) {
  std::erase_if(outstanding_, [&](const auto& each) {
    if (each.second.at + leave_validity > now) return false;
    gate_.sent(each.second.grant, now);
    return true;
  });
  std::erase_if(questions_, [&](const auto& each) {
    if (each.second.at + patience > now) return false;
    gate_.abandon(key_of(each.first), now);
    return true;
  });
}

std::vector<granted_leave> leave_desk::draw(runtime::time_point now) {
  std::vector<granted_leave> round;
  for (const auto grant : gate_.grants(now)) {
    const auto asked = questions_.extract(grant.shard.shard_id);
    const auto& content = asked.mapped().content;
    round.push_back({content.shard_id, content.asker, content.epoch, content.number});
    storing_.push_back({round.back(), grant, now});
  }
  return round;
}

std::vector<granted_leave> leave_desk::stored(runtime::time_point now) {
  std::vector<granted_leave> round;
  for (auto& each : std::exchange(storing_, {})) {
    // From here on it can be used, and no earlier.
    each.at = now;
    round.push_back(each.leave);
    outstanding_.insert_or_assign(each.leave.shard_id, std::move(each));
  }
  return round;
}

void leave_desk::not_stored(runtime::time_point now) {
  for (const auto& each : std::exchange(storing_, {})) gate_.abandon(each.grant, now);
}

}  // namespace gatehouse::fleet
