#include <gatehouse/cluster/reshard_runner.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

/// Whether there is to be a reshard.
namespace gatehouse::cluster {
namespace {

namespace asio = boost::asio;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

/// Above this, Discord's own limits are left far behind.
constexpr int most_shards = 100'000;
/// While shards are without service for want of more of them.
constexpr std::chrono::minutes urgent_interval{5};

}  // namespace

/// Why there can be no reshard at all just now; empty: there can.
std::string reshard_runner::obstacle() const {
  if (parts_.settings->cluster.enabled) {
    return "the shards of a fleet (cluster.enabled) cannot be resharded yet: another number takes "
           "a new cluster.name, and every shard identifies";
  }
  if (running_) {
    const auto& plan = running_->plan();
    return "a reshard from " + std::to_string(plan.from_shards) + " to " +
           std::to_string(plan.to_shards) + " shards is under way";
  }
  const auto& serving = parts_.serving;
  if (serving.total_shards == 0 || serving.ids.empty() || stopped_) return "no shards are running";
  if (!ours_.holds_all(serving.total_shards)) {
    return "this process holds only a part of the shards (gateway.first_shard_id, "
           "gateway.last_shard_id): all parts have to change together";
  }
  return {};
}

asio::awaitable<reshard_answer> reshard_runner::start(int wanted, bool is_dry_run) {
  reshard_answer answer;
  answer.from_shards = parts_.serving.total_shards;
  answer.reason = obstacle();
  if (!answer.reason.empty()) co_return answer;
  const auto told = co_await ask_();
  if (told) co_return decide(wanted, is_dry_run, told->bot);
  answer.reason = told.error() + ", so it is not known how many identifies are left";
  co_return answer;
}

/// After the answer of `/gateway/bot`, which the gate knows already.
reshard_answer reshard_runner::decide(int wanted, bool is_dry_run, const rest::gateway_bot& bot) {
  reshard_answer answer;
  answer.from_shards = parts_.serving.total_shards;
  answer.reason = obstacle();
  if (!answer.reason.empty()) return answer;
  answer.to_shards = wanted > 0 ? wanted : parts_.count_shards(0, bot);
  judge(answer);
  if (!answer.reason.empty()) return answer;
  answer.note = note_on_configured(answer.to_shards);
  answer.what = is_dry_run ? reshard_answer::outcome::planned : reshard_answer::outcome::started;
  if (!is_dry_run) begin(answer.to_shards);
  return answer;
}

/// Fills in the facts, and the reason if it cannot be.
void reshard_runner::judge(reshard_answer& answer) {
  const auto& settings = parts_.settings->resharding;
  const int total = answer.to_shards;
  const int left = identifies_.remaining().value_or(0);
  answer.identifies_needed = total;
  answer.identifies_left = left;
  answer.duration = std::chrono::duration_cast<runtime::milliseconds>(
      reshard::duration_of(total, identifies_.pace(), window_));
  if (total == parts_.serving.total_shards) {
    answer.reason = "there are " + std::to_string(total) + " shards already";
  } else if (total < 1 || total > most_shards) {
    answer.reason = "the number of shards must be 1 to " + std::to_string(most_shards);
  } else if (left - settings.keep_identifies < total) {
    answer.reason = std::to_string(left) + " identifies are left, " + std::to_string(total) +
                    " are needed and " + std::to_string(settings.keep_identifies) +
                    " to be kept (resharding.keep_identifies)";
  } else if (answer.duration > settings.timeout) {
    answer.reason = "it would take about " + std::to_string(answer.duration.count() / 1'000) +
                    " s, longer than resharding.timeout_ms allows";
  }
}

/// What whoever has set the number of shards has to change; empty: nothing.
std::string reshard_runner::note_on_configured(int total) const {
  const int configured = parts_.settings->gateway.total_shards;
  if (configured == 0 || configured == total) return {};
  return "gateway.total_shards says " + std::to_string(configured) + "; set it to " +
         std::to_string(total) + " (or 0): until it is changed, restarts keep to the " +
         std::to_string(total) + " shards";
}

asio::awaitable<void> reshard_runner::watch() {
  for (;;) {
    watch_timer_.expires_after(next_check());
    co_await watch_timer_.async_wait(use_tuple);
    if (stopped_) co_return;
    is_urgent_ = false;
    try {
      co_await check();
    } catch (const std::exception& failure) {
      if (stopped_) throw;
      parts_.log->error("reshard: the check has failed and will be made again: {}", failure.what());
    }
  }
}

runtime::duration reshard_runner::next_check() const {
  if (is_urgent_) return {};
  const runtime::duration usual = parts_.settings->resharding.check_interval;
  return too_full_.empty() ? usual : std::min<runtime::duration>(usual, urgent_interval);
}

asio::awaitable<void> reshard_runner::check() {
  if (!parts_.settings->resharding.enabled) {
    say_impossible("resharding.enabled is false");
    co_return;
  }
  if (running_) co_return;
  if (const auto reason = obstacle(); !reason.empty()) {
    say_impossible(reason);
    co_return;
  }
  const auto told = co_await ask_();
  if (!told) {
    parts_.log->warn("reshard: whether more shards are needed is not known: {}", told.error());
    co_return;
  }
  const int recommended = parts_.count_shards(0, told->bot);
  const auto why = reason_to_reshard(recommended);
  if (!why) co_return;
  const bool is_no_help = !too_full_.empty() && recommended <= parts_.serving.total_shards;
  if (is_no_help) {
    say_impossible("Discord recommends no more than " + std::to_string(recommended) +
                   ": POST /reshard with a higher number, or set gateway.total_shards");
    co_return;
  }
  parts_.log->info("reshard: {}", *why);
  const auto answer = decide(recommended, false, told->bot);
  if (answer.reason.empty()) co_return;
  parts_.log->error("reshard: not possible: {}", answer.reason);
  say_impossible(answer.reason);
}

std::optional<std::string> reshard_runner::reason_to_reshard(int recommended) const {
  const int total = parts_.serving.total_shards;
  if (!too_full_.empty()) {
    return "Discord does not take " + std::to_string(total) + " shards any more (4011)";
  }
  return reshard_is_due(total, recommended, fullest_shard(),
                        parts_.settings->resharding.shards_full_percentage);
}

std::size_t reshard_runner::fullest_shard() const {
  std::size_t fullest = 0;
  for (const auto& figures : parts_.metrics.read()) {
    for (const auto& shard : figures->shards) fullest = std::max(fullest, shard.guilds);
  }
  return fullest;
}

/// Only while Discord refuses shards: whoever looks has to know why they stay away.
void reshard_runner::say_impossible(const std::string& reason) {
  if (too_full_.empty() || stopped_) return;
  const std::string text =
      "Discord refuses " + std::to_string(too_full_.size()) + " of " +
      std::to_string(parts_.serving.total_shards) +
      " shards (4011, too many guilds); the others go on. No reshard: " + reason;
  parts_.board.set_phase(text);
  if (std::exchange(said_, text) != text) parts_.log->error("{}", text);
}

}  // namespace gatehouse::cluster
