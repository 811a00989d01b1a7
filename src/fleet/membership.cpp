#include <gatehouse/fleet/membership.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::fleet {

membership::membership(std::string self, runtime::duration takeover)
    : self_(std::move(self)), takeover_(takeover) {}

void membership::heard(const heartbeat& beat, runtime::time_point now) {
  if (beat.from.member == self_) {
    if (!listening_since(now)) since_ = now;
    last_echo_ = now;
  }
  const auto [entry, is_new] = peers_.try_emplace(beat.from.member, peer{beat, now});
  if (is_new) {
    std::erase_if(peers_, [now](const auto& each) { return each.second.at + memory <= now; });
    return;
  }
  // A late one of an earlier life says nothing about this one.
  if (beat.from.incarnation < entry->second.newest.from.incarnation) return;
  entry->second = {beat, now};
}

std::optional<runtime::time_point> membership::listening_since(runtime::time_point now) const {
  if (!since_ || now - last_echo_ > takeover_ / 2) return std::nullopt;
  return since_;
}

bool membership::can_judge(runtime::time_point now) const {
  const auto since = listening_since(now);
  return since && now - *since >= 2 * takeover_;
}

runtime::duration membership::silence(const std::string& member, runtime::time_point now) const {
  const auto since = listening_since(now);
  if (!since) return {};
  const auto known = peers_.find(member);
  const auto last = known == peers_.end() ? *since : std::max(*since, known->second.at);
  return now - last;
}

bool membership::is_alive(const std::string& member, runtime::time_point now) const {
  const auto known = peers_.find(member);
  return known != peers_.end() && now - known->second.at < takeover_;
}

std::vector<const heartbeat*> membership::alive(runtime::time_point now) const {
  std::vector<const heartbeat*> result;
  for (const auto& [name, known] : peers_) {
    if (now - known.at < takeover_) result.push_back(&known.newest);
  }
  return result;
}

const heartbeat* membership::find(const std::string& member) const {
  const auto known = peers_.find(member);
  return known == peers_.end() ? nullptr : &known->second.newest;
}

}  // namespace gatehouse::fleet
