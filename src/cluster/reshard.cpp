#include <gatehouse/cluster/reshard.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::cluster {
namespace {

constexpr int most_guilds_per_shard = 2'500;  // discord-api-docs: gateway, Sharding

/// For copies of what was forwarded before to come, for a window to be compared, and for what has
/// no counterpart in it to be found and reported.
constexpr runtime::duration length_of_comparison(runtime::duration window) {
  return 3 * window + runtime::seconds{1};
}

}  // namespace

reshard::reshard(reshard_plan plan, runtime::time_point now)
    : plan_(std::move(plan)), started_(now), window_(plan_.window), since_(now) {
  for (const int id : plan_.new_ids) new_[id];
  set_deadline(now);
}

void reshard::start(actions& out) {
  out.emplace_back(start_shards{});
}

bool reshard::are_new_connected() const {
  return std::all_of(new_.begin(), new_.end(),
                     [](const auto& entry) { return entry.second.is_connected; });
}

bool reshard::is_loaded(const new_shard& shard, runtime::time_point now) const {
  if (!shard.was_connected || !shard.load.is_connected) return false;
  return shard.load.loading == 0 || !plan_.loads_guilds || now - shard.last_news >= load_silence;
}

bool reshard::are_all_loaded(runtime::time_point now) const {
  // Nothing is known of a shard's guilds before its worker's first report.
  if (reports_.size() < plan_.workers.size()) return false;
  return std::all_of(new_.begin(), new_.end(),
                     [&](const auto& entry) { return is_loaded(entry.second, now); });
}

int reshard::identifies_needed() const noexcept {
  return static_cast<int>(std::count_if(
      new_.begin(), new_.end(), [](const auto& entry) { return !entry.second.was_connected; }));
}

void reshard::on_state(gateway::shard_key shard, gateway::shard_state state,
                       runtime::time_point now, actions& out) {
  const bool is_connected = state == gateway::shard_state::connected;
  if (shard.generation == plan_.coming) {
    const auto found = new_.find(shard.shard_id);
    if (found == new_.end()) return;
    found->second.is_connected = is_connected;
    if (is_connected) {
      found->second.was_connected = true;
      found->second.last_news = now;
    }
  } else if (is_connected || plan_.lost_ids.contains(shard.shard_id)) {
    old_down_.erase(shard.shard_id);
  } else {
    old_down_.insert(shard.shard_id);
  }
  const bool is_lost = shard.generation == plan_.serving && plan_.lost_ids.contains(shard.shard_id);
  const bool is_disturbed =
      !is_connected && !is_lost && (now_in_ == stage::comparing || now_in_ == stage::stopping);
  if (is_disturbed) {
    if (now_in_ == stage::stopping) out.emplace_back(go_on_forwarding{});
    now_in_ = stage::loading;  // the comparison begins anew once all are back
  }
  advance(now, out);
}

void reshard::on_lost(int shard_id, runtime::time_point now, actions& out) {
  plan_.lost_ids.insert(shard_id);
  old_down_.erase(shard_id);
  advance(now, out);
}

void reshard::on_report(const reshard_report& report, runtime::time_point now, actions& out) {
  for (const auto& told : report.shards) {
    const auto found = new_.find(told.shard_id);
    if (found == new_.end()) continue;
    coming_shard& known = found->second.load;
    if (known.loading != told.loading || known.guilds != told.guilds) found->second.last_news = now;
    known = told;
  }
  note_unmatched(report, now);
  reports_[report.worker_id] = report;
  std::size_t held = 0;
  for (const auto& [id, each] : reports_) held += each.held_bytes;
  // A comparison that was disturbed goes on holding until it begins anew.
  const bool may_hold = now_in_ == stage::comparing || now_in_ == stage::loading;
  if (held > most_held_bytes && may_hold) {
    roll_back("the two sets receive different events: too many are without a counterpart", now,
              out);
    return;
  }
  advance(now, out);
}

/// Reports of an earlier comparison may still come.
void reshard::note_unmatched(const reshard_report& report, runtime::time_point now) {
  if (report.comparison != comparisons_) return;
  const auto known = reports_.find(report.worker_id);
  const bool is_known = known != reports_.end() && known->second.comparison == comparisons_;
  const auto before = is_known ? known->second.unmatched : events::unmatched_events{};
  if (report.unmatched.count() <= before.count()) return;
  unmatched_at_ = now;
  unmatched_ = report.unmatched.held > before.held
                   ? "events that only the new set receives, such as " + report.unmatched.example
                   : "events that only the serving set receives";
}

/// What the present stage waits for may have happened.
void reshard::advance(runtime::time_point now, actions& out) {
  if (now_in_ == stage::identifying && identifies_needed() == 0) {
    now_in_ = stage::loading;
    since_ = now;
  }
  switch (now_in_) {
    case stage::loading:
      if (old_down_.empty() && are_new_connected() && are_all_loaded(now)) {
        begin_comparing(now, out);
      } else if (!old_down_.empty()) {
        waiting_for_ = "shards of the serving set that are not connected";
      } else {
        waiting_for_ = are_new_connected() ? "" : "a shard that has lost its connection";
      }
      break;
    case stage::comparing:
      check_comparison(now, out);
      break;
    case stage::closing:
      // Late copies are still recognised for a while.
      if (to_end_.empty() && now >= since_ + window_ && are_new_connected()) {
        finish_as(true, "done", out);
      }
      break;
    case stage::backing_out:
      if (to_end_.empty()) finish_as(false, result_, out);
      break;
    case stage::identifying:
    case stage::stopping:
    case stage::saving:
    case stage::ended:
      break;
  }
  set_deadline(now);
}

void reshard::finish_as(bool is_done, std::string result, actions& out) {
  now_in_ = stage::ended;
  out.emplace_back(finish{is_done, std::move(result)});
}

void reshard::begin_comparing(runtime::time_point now, actions& out) {
  now_in_ = stage::comparing;
  since_ = now;
  next_attempt_ = now + length_of_comparison(window_);
  waiting_for_.clear();
  ++comparisons_;
  unmatched_at_.reset();
  out.emplace_back(compare{window_});
}

/// Whether the comparison has lasted long enough, and seen what it has to see: every event twice,
/// for a whole window. Otherwise a longer window may help, for one set may just be late.
void reshard::check_comparison(runtime::time_point now, actions& out) {
  if (now < next_attempt_) return;
  runtime::duration lag{};
  for (const auto& [id, report] : reports_) {
    if (report.comparison == comparisons_) lag = std::max(lag, report.longest_lag);
  }
  const bool is_unmatched = unmatched_at_ && now < *unmatched_at_ + window_;
  if ((is_unmatched || lag * 2 > window_) && window_ < longest_window) {
    window_ = std::min<runtime::duration>(window_ * 2, longest_window);
    return begin_comparing(now, out);
  }
  if (is_unmatched) {
    waiting_for_ = "an end of " + unmatched_;
    next_attempt_ = *unmatched_at_ + window_;
    return;
  }
  now_in_ = stage::stopping;
  since_ = now;
  drained_.clear();
  left_.clear();
  out.emplace_back(stop_forwarding{});
}

void reshard::on_drained(int worker_id, std::vector<storage::session_change> sessions,
                         std::vector<left_queue> left, runtime::time_point now, actions& out) {
  if (now_in_ != stage::stopping) return;
  left_.insert(left_.end(), left.begin(), left.end());
  drained_[worker_id] = std::move(sessions);
  if (drained_.size() == plan_.workers.size()) take_over(out);
  set_deadline(now);
}

void reshard::take_over(actions& out) {
  now_in_ = stage::saving;
  std::vector<storage::session_change> changes;
  std::set<int> gone{plan_.old_ids.begin(), plan_.old_ids.end()};
  for (auto& [worker_id, sessions] : drained_) {
    for (auto& session : sessions) {
      gone.erase(session.shard_id);
      changes.push_back(std::move(session));
    }
  }
  for (const int shard_id : gone) changes.push_back({shard_id, std::nullopt, {}});
  drained_.clear();
  out.emplace_back(save_sessions{std::move(changes)});
}

void reshard::on_saved(bool is_saved, runtime::time_point now, actions& out) {
  if (now_in_ != stage::saving) return;
  if (!is_saved) return fail_attempt("the disk, which does not take the new sessions", now, out);
  now_in_ = stage::closing;
  since_ = now;
  waiting_for_.clear();
  for (const int id : plan_.old_ids) to_end_.insert({id, plan_.serving});
  out.emplace_back(serve{std::move(left_)});
  out.emplace_back(end_generation{plan_.serving});
  set_deadline(now);
}

/// The old set goes on; another attempt follows.
void reshard::fail_attempt(std::string why, runtime::time_point now, actions& out) {
  now_in_ = stage::comparing;
  waiting_for_ = std::move(why);
  next_attempt_ = now + pause_between_attempts;
  out.emplace_back(go_on_forwarding{});
  set_deadline(now);
}

void reshard::on_ended(gateway::shard_key shard, runtime::time_point now, actions& out) {
  to_end_.erase(shard);
  advance(now, out);
}

void reshard::on_timer(runtime::time_point now, actions& out) {
  const bool is_late = now_in_ <= stage::comparing && now >= started_ + plan_.timeout;
  if (is_late) {
    const std::string cause = waiting_for_.empty() ? "" : "; it waited for " + waiting_for_;
    roll_back("the new set was not ready within resharding.timeout_ms" + cause, now, out);
  } else if (now_in_ == stage::stopping && now >= since_ + longest_stop) {
    fail_attempt("handlers to take what is queued for them", now, out);
  } else {
    advance(now, out);
  }
}

bool reshard::roll_back(std::string why, runtime::time_point now, actions& out) {
  if (now_in_ >= stage::saving) return false;
  if (now_in_ == stage::stopping) out.emplace_back(go_on_forwarding{});
  now_in_ = stage::backing_out;
  result_ = "rolled back: " + std::move(why);
  since_ = now;
  for (const int id : plan_.new_ids) to_end_.insert({id, plan_.coming});
  out.emplace_back(end_generation{plan_.coming});
  set_deadline(now);
  return true;
}

void reshard::set_deadline(runtime::time_point now) {
  switch (now_in_) {
    case stage::identifying:
      deadline_ = started_ + plan_.timeout;
      break;
    case stage::loading:
      deadline_ =
          std::min<runtime::time_point>(now + runtime::seconds{1}, started_ + plan_.timeout);
      break;
    case stage::comparing:
      deadline_ = std::max(next_attempt_, now);
      break;
    case stage::stopping:
      deadline_ = since_ + longest_stop;
      break;
    case stage::closing:
      deadline_ = std::max<runtime::time_point>(since_ + window_, now + runtime::seconds{1});
      break;
    case stage::saving:
    case stage::backing_out:
    case stage::ended:
      deadline_.reset();
      break;
  }
}

runtime::duration reshard::duration_of(int identifies, runtime::duration pace,
                                       runtime::duration window) {
  return identifies * pace + length_of_comparison(window) + window + runtime::seconds{1};
}

runtime::duration reshard::estimate(runtime::time_point now) const {
  switch (now_in_) {
    case stage::identifying:
      return duration_of(identifies_needed(), plan_.identify_pace, window_);
    case stage::loading:
      return duration_of(0, plan_.identify_pace, window_);
    case stage::comparing:
      return std::max<runtime::duration>(next_attempt_ - now, {}) + window_;
    default:
      return std::max<runtime::duration>(since_ + window_ - now, {});
  }
}

reshard_progress reshard::progress(runtime::time_point now) const {
  using phase = reshard_progress::phase;
  reshard_progress result;
  switch (now_in_) {
    case stage::identifying:
      result.now_in = phase::identifying;
      break;
    case stage::loading:
      result.now_in = phase::loading;
      break;
    case stage::comparing:
      result.now_in = phase::overlapping;
      break;
    case stage::stopping:
    case stage::saving:
      result.now_in = phase::switching;
      break;
    case stage::closing:
    case stage::backing_out:
    case stage::ended:
      result.now_in = phase::closing;
      break;
  }
  result.from_shards = plan_.from_shards;
  result.to_shards = plan_.to_shards;
  for (const auto& [id, shard] : new_) {
    if (shard.is_connected) ++result.connected;
    if (is_loaded(shard, now)) ++result.loaded;
    result.guilds += static_cast<std::int64_t>(shard.load.guilds);
  }
  result.waiting_for = now_in_ == stage::backing_out ? result_ : waiting_for_;
  using std::chrono::duration_cast;
  result.running_for = duration_cast<runtime::milliseconds>(now - started_);
  result.remaining = duration_cast<runtime::milliseconds>(estimate(now));
  return result;
}

std::optional<std::string> reshard_is_due(int total_shards, int recommended, std::size_t fullest,
                                          int full_percentage) {
  if (recommended <= total_shards) return std::nullopt;
  // As many guilds as the recommendation stands for (1,000 a shard), against what fits.
  const double by_discord =
      100.0 * 1'000.0 * recommended / (static_cast<double>(most_guilds_per_shard) * total_shards);
  const double by_guilds = 100.0 * static_cast<double>(fullest) / most_guilds_per_shard;
  if (std::max(by_discord, by_guilds) < full_percentage) return std::nullopt;
  const auto percent = std::to_string(static_cast<int>(std::max(by_discord, by_guilds)));
  return "shards are " + percent + " % full, and Discord recommends " +
         std::to_string(recommended) + " of them instead of " + std::to_string(total_shards);
}

}  // namespace gatehouse::cluster
