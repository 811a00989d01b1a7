#include <gatehouse/cluster/identify_service.hpp>
#include <gatehouse/runtime/wall_clock.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace gatehouse::cluster {
namespace {

/// After a grant that a library has withheld.
constexpr runtime::seconds withheld_pause{1};
constexpr runtime::duration longest_postponement = std::chrono::hours{24};

}  // namespace

identify_service::identify_service(boost::asio::io_context& context, runtime::duration spacing,
                                   const controllers::decision_points& decisions,
                                   telemetry::logger log, callbacks to)
    : spacing_(spacing),
      decisions_(decisions),
      log_(std::move(log)),
      to_(std::move(to)),
      gate_(spacing),
      timer_(context) {}

void identify_service::want(gateway::shard_key shard) {
  enter(shard, runtime::clock::now());
  pump();
}

void identify_service::enter(gateway::shard_key shard, runtime::time_point now) {
  if (const auto wait = decisions_.request_identify(to_.describe(shard))) {
    postponed_[shard] = now + std::min<runtime::duration>(*wait, longest_postponement);
    return;
  }
  postponed_.erase(shard);
  gate_.request(shard, now);
}

void identify_service::enter_postponed(runtime::time_point now) {
  std::vector<gateway::shard_key> due;
  for (const auto& [shard, until] : postponed_) {
    if (until <= now) due.push_back(shard);
  }
  for (const auto shard : due) enter(shard, now);
}

void identify_service::give_up(gateway::shard_key shard) {
  postponed_.erase(shard);
  gate_.abandon(shard, runtime::clock::now());
  pump();
}

void identify_service::sent(gateway::identify_grant used) {
  gate_.sent(used, runtime::clock::now());
  keep(used.shard.shard_id);
  pump();
}

void identify_service::abandon(gateway::identify_grant unused) {
  gate_.abandon(unused, runtime::clock::now());
  pump();
}

void identify_service::learn(const gateway_answer& told) {
  auto bot = told.bot;
  if (rest::assume_usual_limit(bot) && !std::exchange(told_unlimited_, true)) {
    log_->warn("GET /gateway/bot says nothing of a session start limit: {} a day are assumed",
               rest::usual_identifies);
  }
  gate_.update_limit(bot.identifies_total, bot.identifies_remaining, bot.reset_after,
                     bot.max_concurrency, told.asked_at, runtime::clock::now());
  is_asking_ = false;
  pump();
}

void identify_service::ask_again(runtime::time_point at) {
  is_asking_ = false;
  not_before_ = at;
  pump();
}

/// The clock of the day may have been set meanwhile: nobody waits longer than one spacing.
void identify_service::restore(const std::vector<storage::stored_identify>& identifies) {
  const auto now = runtime::clock::now();
  const auto unix_now = runtime::unix_ms_now();
  for (const auto& each : identifies) {
    const auto age = runtime::milliseconds{std::max<std::int64_t>(unix_now - each.unix_ms, 0)};
    if (age < spacing_) gate_.restore(each.shard_id, now - age);
  }
}

void identify_service::keep(int shard_id) {
  if (!to_.store) return;
  const int bucket = static_cast<int>(gate_.bucket_of(shard_id));
  to_.store({{bucket, shard_id, runtime::unix_ms_now()}});
}

void identify_service::stop() {
  stopped_ = true;
  timer_.cancel();
}

/// Gives leave to whoever's turn it is and sets the alarm for the next.
void identify_service::pump() {
  if (stopped_) return;
  const auto now = runtime::clock::now();
  enter_postponed(now);
  ask_if_wanted(now);
  for (auto granted = gate_.grants(now); !granted.empty(); granted = gate_.grants(now)) {
    for (const auto given : granted) grant(given, now);
  }
  report_exhausted(now);
  arm(now);
}

void identify_service::grant(gateway::identify_grant given, runtime::time_point now) {
  if (!decisions_.tell_worker_to_identify(to_.describe(given.shard))) {
    gate_.abandon(given, now);
    postponed_[given.shard] = now + withheld_pause;
    return;
  }
  keep(given.shard.shard_id);  // a crash must not forget it
  to_.grant(given);
}

void identify_service::ask_if_wanted(runtime::time_point now) {
  if (is_asking_ || now < not_before_ || !gate_.wants_limit(now)) return;
  is_asking_ = true;
  to_.ask_limit();
}

void identify_service::arm(runtime::time_point now) {
  auto next = gate_.next_wakeup(now).value_or(runtime::time_point::max());
  if (const auto reset = gate_.resets_at()) next = std::min(next, *reset);
  if (!is_asking_ && gate_.wants_limit(now)) next = std::min(next, not_before_);
  for (const auto& [shard, until] : postponed_) next = std::min(next, until);
  if (next == runtime::time_point::max()) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(next);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) pump();
  });
}

void identify_service::report_exhausted(runtime::time_point now) {
  if (!gate_.remaining(now)) return;  // Discord is being asked
  const auto until = gate_.exhausted_until(now);
  if (!until) {
    told_exhausted_ = false;
  } else if (gate_.waiting() > 0 && !std::exchange(told_exhausted_, true)) {
    log_->error(
        "the session start limit is used up: {} shards wait {} s for its reset; resumes go on",
        gate_.waiting(), std::chrono::duration_cast<runtime::seconds>(*until - now).count());
  }
}

gate_view identify_service::view() {
  const auto now = runtime::clock::now();
  gate_view view;
  view.identifies_left = gate_.remaining(now);
  view.identifies_total = gate_.total();
  view.max_concurrency = gate_.max_concurrency();
  view.waiting = gate_.waiting();
  if (const auto at = gate_.resets_at()) {
    view.resets_in = std::chrono::ceil<runtime::seconds>(std::max(*at - now, {}));
  }
  return view;
}

std::optional<int> identify_service::remaining() {
  return gate_.remaining(runtime::clock::now());
}

runtime::duration identify_service::pace() const {
  return spacing_ / gate_.max_concurrency();
}

}  // namespace gatehouse::cluster
