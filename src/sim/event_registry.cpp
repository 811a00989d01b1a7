#include <gatehouse/sim/event_registry.hpp>

#include <algorithm>

namespace gatehouse::sim {

namespace {

bool is_of_a_start(std::string_view type) noexcept {
  return type == "READY" || type == "RESUMED" || type == "GUILD_CREATE";
}

}  // namespace

void event_registry::measure_latency() {
  const std::scoped_lock lock(mutex_);
  measures_latency_ = true;
}

event_registry::latency event_registry::measured() const {
  const std::scoped_lock lock(mutex_);
  if (latencies_.empty()) return {};
  auto sorted = latencies_;
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](std::size_t per_cent) {
    return sorted[(sorted.size() - 1) * per_cent / 100];
  };
  return {sorted.size(), at(50), at(99), sorted.back()};
}

event_registry::session_index event_registry::open_session(std::string_view session_id) {
  const std::scoped_lock lock(mutex_);
  const session_index index = sessions_.size();
  sessions_.push_back({.id = std::string(session_id), .entries = {}});
  by_id_.emplace(session_id, index);
  return index;
}

std::uint16_t event_registry::type_index(std::string_view type) {
  auto place = std::find(types_.begin() + 1, types_.end(), type);
  if (place == types_.end()) place = types_.emplace(types_.end(), type);
  return static_cast<std::uint16_t>(place - types_.begin());
}

void event_registry::sent(session_index session, std::uint64_t seq, std::string_view type,
                          std::uint64_t hash) {
  const std::scoped_lock lock(mutex_);
  auto& entries = sessions_[session].entries;
  if (entries.size() < seq) entries.resize(seq);
  entries[seq - 1] = {.hash = hash, .type = type_index(type), .times_received = 0};
  if (measures_latency_ && !is_of_a_start(type)) entries[seq - 1].at = runtime::clock::now();
  ++sent_count_;
}

event_registry::verdict event_registry::received(std::string_view session_id, std::uint64_t seq,
                                                 std::uint64_t hash) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_id_.find(std::string(session_id));
  if (found == by_id_.end()) return verdict::unknown;
  auto& entries = sessions_[found->second].entries;
  if (seq == 0 || seq > entries.size() || entries[seq - 1].type == 0) return verdict::unknown;
  entry& sent = entries[seq - 1];
  const bool first = sent.times_received++ == 0;
  if (first && sent.at != runtime::time_point{}) {
    latencies_.push_back(runtime::clock::now() - sent.at);
  }
  if (sent.hash != hash) return verdict::altered;
  return first ? verdict::matched : verdict::duplicate;
}

std::vector<event_registry::missing_event> event_registry::missing() const {
  const std::scoped_lock lock(mutex_);
  std::vector<missing_event> result;
  for (const auto& session : sessions_) {
    for (std::size_t index = 0; index < session.entries.size(); ++index) {
      const entry& event = session.entries[index];
      if (event.type == 0 || event.times_received > 0 || types_[event.type] == "RESUMED") continue;
      result.push_back({session.id, index + 1, types_[event.type]});
    }
  }
  return result;
}

std::uint64_t event_registry::sent_count() const {
  const std::scoped_lock lock(mutex_);
  return sent_count_;
}

}  // namespace gatehouse::sim
