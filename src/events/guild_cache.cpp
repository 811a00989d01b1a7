#include <gatehouse/events/guild_cache.hpp>

#include <algorithm>
#include <iterator>

namespace gatehouse::events {

void guild_cache::guild_set::reserve(std::size_t count) {
  ids_.reserve(count);
  presences_.reserve(count);
}

std::size_t guild_cache::guild_set::place_of(std::uint64_t guild_id) const noexcept {
  return static_cast<std::size_t>(
      std::distance(ids_.begin(), std::lower_bound(ids_.begin(), ids_.end(), guild_id)));
}

guild_cache::presence guild_cache::guild_set::find(std::uint64_t guild_id) const noexcept {
  const std::size_t place = place_of(guild_id);
  return place < ids_.size() && ids_[place] == guild_id ? presences_[place] : presence::gone;
}

void guild_cache::guild_set::set(std::uint64_t guild_id, presence wanted) {
  const std::size_t place = place_of(guild_id);
  const auto offset = static_cast<std::ptrdiff_t>(place);
  const bool is_known = place < ids_.size() && ids_[place] == guild_id;
  if (is_known && presences_[place] == presence::loading) --loading_;
  if (wanted == presence::loading) ++loading_;
  if (is_known && wanted != presence::gone) {
    presences_[place] = wanted;
  } else if (is_known) {
    ids_.erase(ids_.begin() + offset);
    presences_.erase(presences_.begin() + offset);
  } else if (wanted != presence::gone) {
    ids_.insert(ids_.begin() + offset, guild_id);
    presences_.insert(presences_.begin() + offset, wanted);
  }
}

std::vector<std::uint64_t> guild_cache::guild_set::ids_of(presence wanted) const {
  std::vector<std::uint64_t> found;
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    if (presences_[i] == wanted) found.push_back(ids_[i]);
  }
  return found;
}

std::vector<guild_cache::change> guild_cache::guild_set::as_changes() const {
  std::vector<change> list;
  list.reserve(ids_.size());
  for (std::size_t i = 0; i < ids_.size(); ++i) list.push_back({ids_[i], presences_[i]});
  return list;
}

guild_cache::guild_cache(const saved_guilds& saved) : is_saved_(true) {
  state_.reserve(saved.present.size() + saved.loading.size());
  for (const auto guild_id : saved.present) state_.set(guild_id, presence::present);
  for (const auto guild_id : saved.loading) state_.set(guild_id, presence::loading);
}

void guild_cache::record(std::int64_t seq, std::uint64_t guild_id, presence after) {
  const presence before = state_.find(guild_id);
  if (before == after) return;
  steps_.push_back({seq, guild_id, before, after});
  state_.set(guild_id, after);
}

void guild_cache::on_ready(std::int64_t seq, std::vector<std::uint64_t> guild_ids) {
  std::sort(guild_ids.begin(), guild_ids.end());
  std::vector<std::uint64_t> left;
  std::set_difference(state_.ids().begin(), state_.ids().end(), guild_ids.begin(), guild_ids.end(),
                      std::back_inserter(left));
  for (const auto guild_id : left) record(seq, guild_id, presence::gone);
  state_.reserve(guild_ids.size());
  steps_.reserve(steps_.size() + guild_ids.size());
  for (const auto guild_id : guild_ids) record(seq, guild_id, presence::loading);
}

guild_cache::creation guild_cache::on_create(std::int64_t seq, std::uint64_t guild_id,
                                             bool is_unavailable) {
  if (is_unavailable) return creation::unavailable;
  switch (state_.find(guild_id)) {
    case presence::present:
      return creation::outage_return;
    case presence::loading:
      record(seq, guild_id, presence::present);
      return creation::initial_load;
    case presence::gone:
      break;
  }
  record(seq, guild_id, presence::present);
  return creation::join;
}

guild_cache::deletion guild_cache::on_delete(std::int64_t seq, std::uint64_t guild_id,
                                             bool is_unavailable) {
  const bool is_known = state_.find(guild_id) != presence::gone;
  if (is_unavailable) return is_known ? deletion::outage : deletion::unknown;
  record(seq, guild_id, presence::gone);
  return deletion::leave;
}

std::vector<std::uint64_t> guild_cache::guild_ids() const {
  return state_.ids_of(presence::present);
}

std::vector<std::uint64_t> guild_cache::loading_guild_ids() const {
  return state_.ids_of(presence::loading);
}

/// Today's state with the later steps taken back.
guild_cache::guild_set guild_cache::state_at(std::int64_t seq) const {
  guild_set state = state_;
  for (auto later = steps_.rbegin(); later != steps_.rend() && later->seq > seq; ++later) {
    state.set(later->guild_id, later->before);
  }
  return state;
}

guild_cache::changes guild_cache::take_changes(std::int64_t safe_seq) {
  const auto end = std::find_if(steps_.begin(), steps_.end(),
                                [&](const step& done) { return done.seq > safe_seq; });
  changes out{.is_complete = !is_saved_};
  if (out.is_complete) {
    out.guilds = state_at(safe_seq).as_changes();
  } else {
    out.guilds.reserve(static_cast<std::size_t>(std::distance(steps_.begin(), end)));
    for (auto done = steps_.begin(); done != end; ++done) {
      out.guilds.push_back({done->guild_id, done->after});
    }
  }
  steps_.erase(steps_.begin(), end);
  if (steps_.empty()) steps_.shrink_to_fit();  // READY's list may have been long
  is_saved_ = true;
  return out;
}

}  // namespace gatehouse::events
