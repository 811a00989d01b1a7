#include <gatehouse/cluster/manager.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

/// Who may identify when: what the gate decides, and a library before and after it.
namespace gatehouse::cluster {
namespace {

/// After a grant that a library has withheld.
constexpr runtime::seconds withheld_pause{1};
constexpr runtime::duration longest_postponement = std::chrono::hours{24};

}  // namespace

identify_question manager::identify_of(gateway::shard_key key) const {
  const bool is_reshard = key.generation != serving_;
  const int total = is_reshard && reshard_ ? reshard_->plan().to_shards : total_shards_;
  return {key.shard_id, total, is_reshard};
}

void manager::handle(const request_identify& message) {
  ask_gate(message.shard, runtime::clock::now());
}

void manager::ask_gate(gateway::shard_key key, runtime::time_point now) {
  if (const auto wait = services_.decisions.request_identify(identify_of(key))) {
    return postpone(key, now + std::min<runtime::duration>(*wait, longest_postponement));
  }
  postponed_.erase(key);
  gate_.request(key, now);
  pump_gate();
}

void manager::postpone(gateway::shard_key key, runtime::time_point until) {
  postponed_[key] = until;
  arm_postponed();
}

void manager::arm_postponed() {
  if (postponed_.empty() || stopping_) return;
  const auto next =
      std::min_element(postponed_.begin(), postponed_.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  postponed_timer_.expires_at(next->second);
  postponed_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopping_) on_postponed();
  });
}

void manager::on_postponed() {
  const auto now = runtime::clock::now();
  std::vector<gateway::shard_key> due;
  for (const auto& [key, until] : postponed_) {
    if (until <= now) due.push_back(key);
  }
  for (const auto key : due) {
    postponed_.erase(key);
    ask_gate(key, now);
  }
  arm_postponed();
}

void manager::handle(const identify_was_sent& message) {
  gate_.sent(message.shard, runtime::clock::now());
  pump_gate();
}

void manager::handle(const identify_was_abandoned& message) {
  postponed_.erase(message.shard);
  gate_.abandon(message.shard, runtime::clock::now());
  pump_gate();
}

/// Gives leave to whoever's turn it is and sets the alarm for the next.
void manager::pump_gate() {
  const auto now = runtime::clock::now();
  // Before `/gateway/bot` has answered nobody may identify.
  if (stopping_ || !gate_.remaining(now)) return;
  for (auto granted = gate_.grants(now); !granted.empty(); granted = gate_.grants(now)) {
    for (const auto& key : granted) {
      if (services_.decisions.tell_worker_to_identify(identify_of(key))) {
        worker_for(place(key.shard_id)).post(allow_identify{key});
      } else {
        gate_.abandon(key, now);
        postpone(key, now + withheld_pause);
      }
    }
  }
  report_exhausted();
  const auto next = gate_.next_wakeup(now);
  if (!next) {
    gate_timer_.cancel();
    return;
  }
  gate_timer_.expires_at(*next);
  gate_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) pump_gate();
  });
}

void manager::report_exhausted() {
  const auto now = runtime::clock::now();
  const auto until = gate_.exhausted_until(now);
  if (!until) {
    told_exhausted_ = false;
  } else if (gate_.waiting() > 0 && !std::exchange(told_exhausted_, true)) {
    services_.log->error(
        "the session start limit is used up: {} shards wait {} s for its reset; resumes go on",
        gate_.waiting(), std::chrono::duration_cast<runtime::seconds>(*until - now).count());
  }
}

}  // namespace gatehouse::cluster
