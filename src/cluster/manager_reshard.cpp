#include <gatehouse/cluster/manager.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

/// The manager's part in resharding: what `cluster::reshard` decides is performed here.
namespace gatehouse::cluster {
namespace {

namespace asio = boost::asio;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

/// Above this, Discord's own limits are left far behind.
constexpr int most_shards = 100'000;
constexpr std::uint64_t guilds_intent = 1;
/// For a disk that has the new sessions to write when everything stops.
constexpr runtime::seconds save_grace{5};
/// For the shards of a generation to close before others take their ids.
constexpr runtime::seconds replan_timeout{20};

}  // namespace

bool manager::holds_all_shards() const {
  const auto& settings = services_.settings->gateway;
  return settings.first_shard_id == 0 &&
         (settings.last_shard_id < 0 || settings.last_shard_id == total_shards_ - 1);
}

/// Why there can be no reshard at all just now; empty: there can.
std::string manager::reshard_obstacle() const {
  if (reshard_) {
    const auto& plan = reshard_->plan();
    return "a reshard from " + std::to_string(plan.from_shards) + " to " +
           std::to_string(plan.to_shards) + " shards is under way";
  }
  if (total_shards_ == 0 || worker_of_shard_.empty() || stopping_) return "no shards are running";
  if (!holds_all_shards()) {
    return "this process holds only a part of the shards (gateway.first_shard_id, "
           "gateway.last_shard_id): all parts have to change together";
  }
  return {};
}

asio::awaitable<reshard_answer> manager::start_reshard(int wanted, bool is_dry_run) {
  reshard_answer answer;
  answer.from_shards = total_shards_;
  answer.reason = reshard_obstacle();
  if (!answer.reason.empty()) co_return answer;
  const auto told = co_await ask_gateway();
  if (told) {
    learn(*told);
    co_return decide_reshard(wanted, is_dry_run, told->bot);
  }
  answer.reason = told.error() + ", so it is not known how many identifies are left";
  co_return answer;
}

/// After the answer of `/gateway/bot`, which the gate knows already.
reshard_answer manager::decide_reshard(int wanted, bool is_dry_run, const rest::gateway_bot& bot) {
  reshard_answer answer;
  answer.from_shards = total_shards_;
  answer.reason = reshard_obstacle();
  if (!answer.reason.empty()) return answer;
  answer.to_shards = wanted > 0 ? wanted : count_shards(0, bot);
  judge_reshard(answer);
  if (!answer.reason.empty()) return answer;
  answer.note = note_on_configured(answer.to_shards);
  answer.what = is_dry_run ? reshard_answer::outcome::planned : reshard_answer::outcome::started;
  if (!is_dry_run) begin_reshard_to(answer.to_shards);
  return answer;
}

/// What whoever has set the number of shards has to change; empty: nothing.
std::string manager::note_on_configured(int total) const {
  const int configured = services_.settings->gateway.total_shards;
  if (configured == 0 || configured == total) return {};
  return "gateway.total_shards says " + std::to_string(configured) + "; set it to " +
         std::to_string(total) + " (or 0): until it is changed, restarts keep to the " +
         std::to_string(total) + " shards";
}

/// Fills in the facts, and the reason if it cannot be.
void manager::judge_reshard(reshard_answer& answer) {
  const auto& settings = services_.settings->resharding;
  const int left = identifies_.remaining().value_or(0);
  const int total = answer.to_shards;
  answer.identifies_needed = total;
  answer.identifies_left = left;
  answer.duration = std::chrono::duration_cast<runtime::milliseconds>(total * identifies_.pace() +
                                                                      2 * reshard::first_window);
  if (total == total_shards_) {
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

void manager::begin_reshard_to(int total) {
  const auto now = runtime::clock::now();
  const auto& settings = *services_.settings;
  reshard_plan plan;
  plan.from_shards = total_shards_;
  plan.to_shards = total;
  plan.serving = serving_;
  plan.coming = serving_ + 1;
  for (const auto& [id, worker_id] : worker_of_shard_) plan.old_ids.push_back(id);
  for (int id = 0; id < total; ++id) {
    plan.new_ids.push_back(id);
    worker_for(place(id));
  }
  for (const auto& [id, held] : workers_) plan.workers.insert(id);
  plan.loads_guilds = (settings.discord.intents & guilds_intent) != 0;
  plan.identify_pace = identifies_.pace();
  plan.timeout = settings.resharding.timeout;
  services_.log->info("resharding from {} to {} shards", plan.from_shards, plan.to_shards);
  reshard_ = std::make_unique<reshard>(std::move(plan), now);
  reshard::actions todo;
  for (const auto& [id, state] : services_.board.states()) {
    if (state == gateway::shard_state::connected) continue;
    reshard_->on_state({id, serving_}, state, now, todo);
  }
  reshard_->start(todo);
  perform(std::move(todo));
}

bool manager::cancel_reshard() {
  if (!reshard_) return false;
  reshard::actions todo;
  const bool is_possible = reshard_->roll_back("as asked", runtime::clock::now(), todo);
  perform(std::move(todo));
  return is_possible;
}

reshard_progress manager::reshard_status() const {
  reshard_progress progress;
  if (reshard_) progress = reshard_->progress(runtime::clock::now());
  progress.last_result = last_reshard_;
  return progress;
}

/// Feeds one input to the reshard under way, if there is one, and does what comes of it.
template <class Input>
void manager::step_reshard(Input&& input) {
  if (!reshard_) return;
  reshard::actions todo;
  std::forward<Input>(input)(*reshard_, runtime::clock::now(), todo);
  perform(std::move(todo));
}

void manager::perform(reshard::actions todo) {
  for (auto& wanted : todo) {
    std::visit([this](auto& content) { perform(std::move(content)); }, wanted);
  }
  arm_reshard();
}

void manager::arm_reshard() {
  const auto deadline = reshard_ ? reshard_->deadline() : std::nullopt;
  if (!deadline || stopping_) {
    reshard_timer_.cancel();
    return;
  }
  reshard_timer_.expires_at(*deadline);
  reshard_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    step_reshard([](auto& running, auto now, auto& out) { running.on_timer(now, out); });
  });
}

template <class Message>
void manager::post_to_all(const Message& message) {
  for (auto& [id, held] : workers_) held->post(message);
}

void manager::perform(reshard::start_shards) {
  const auto& plan = reshard_->plan();
  post_to_all(cluster::begin_reshard{plan.coming});
  for (const int id : plan.new_ids) {
    worker_for(place(id)).post(
        identify_shard{{id, plan.coming}, plan.to_shards, gateway_url_, std::nullopt});
  }
}

void manager::perform(reshard::compare wanted) {
  services_.log->info("reshard: the new shards are ready; both sets are compared");
  post_to_all(compare_generations{wanted.window});
}

void manager::perform(reshard::stop_forwarding) {
  post_to_all(cluster::stop_forwarding{});
}

void manager::perform(reshard::go_on_forwarding) {
  services_.log->info("reshard: not yet: the old shards go on");
  post_to_all(cluster::go_on_forwarding{});
}

void manager::perform(reshard::save_sessions wanted) {
  const auto report = [this](bool is_saved) {
    asio::post(context_, [this, is_saved] {
      step_reshard(
          [&](auto& running, auto now, auto& out) { running.on_saved(is_saved, now, out); });
      saved_event_.cancel();
    });
  };
  auto* store = services_.persistence.sessions();
  if (store == nullptr) return report(true);
  store->save_reshard(std::move(wanted.changes),
                      {reshard_->plan().to_shards, services_.settings->gateway.total_shards},
                      report);
}

void manager::perform(reshard::serve) {
  const auto& plan = reshard_->plan();
  serving_ = plan.coming;
  total_shards_ = plan.to_shards;
  worker_of_shard_.clear();
  for (const int id : plan.new_ids) {
    worker_of_shard_[id] = place(id);
  }
  services_.board.replace_shards(plan.new_ids, gateway::shard_state::connected);
  post_to_all(serve_generation{serving_});
  services_.log->info("reshard: {} shards serve now; the {} old ones end", plan.to_shards,
                      plan.from_shards);
}

void manager::perform(reshard::retire wanted) {
  post_to_all(retire_generation{wanted.generation});
}

void manager::perform(reshard::finish ended) {
  const auto& plan = reshard_->plan();
  last_reshard_ = std::move(ended.result);
  services_.log->log(ended.is_done ? spdlog::level::info : spdlog::level::err,
                     "reshard from {} to {} shards: {}", plan.from_shards, plan.to_shards,
                     last_reshard_);
  const std::string note = note_on_configured(plan.to_shards);
  if (ended.is_done && !note.empty()) services_.log->warn("{}", note);
  post_to_all(cluster::end_reshard{});
  reshard_.reset();
}

void manager::handle(const reshard_report& message) {
  step_reshard([&](auto& running, auto now, auto& out) { running.on_report(message, now, out); });
  if (!reshard_ || reshard_->is_serving()) return;
  const auto left = identifies_.remaining();
  if (!left || static_cast<std::size_t>(std::max(*left, 0)) >= identifies_.waiting()) return;
  step_reshard([&](auto& running, auto now, auto& out) {
    running.roll_back("the session start limit does not last: " + std::to_string(*left) +
                          " identifies are left for " + std::to_string(identifies_.waiting()) +
                          " shards",
                      now, out);
  });
}

void manager::handle(events_forwarded message) {
  const auto copies =
      std::make_shared<const std::vector<events::forwarded_copy>>(std::move(message.copies));
  for (auto& [id, held] : workers_) {
    if (id != message.worker_id) held->post(forwarded_elsewhere{copies});
  }
}

void manager::handle(worker_drained message) {
  step_reshard([&](auto& running, auto now, auto& out) {
    running.on_drained(message.worker_id, std::move(message.sessions), now, out);
  });
}

void manager::handle(const shard_retired& message) {
  retiring_.erase(message.shard.shard_id);
  retired_event_.cancel();
  step_reshard(
      [&](auto& running, auto now, auto& out) { running.on_retired(message.shard, now, out); });
}

void manager::tell_reshard(gateway::shard_key shard, gateway::shard_state state) {
  step_reshard(
      [&](auto& running, auto now, auto& out) { running.on_state(shard, state, now, out); });
}

void manager::roll_back_reshard(const std::string& why) {
  step_reshard([&](auto& running, auto now, auto& out) { running.roll_back(why, now, out); });
}

/// The stored sessions must not change hands while everything stops.
asio::awaitable<void> manager::finish_saving() {
  saved_event_.expires_after(save_grace);
  while (reshard_ && reshard_->is_saving()) {
    const auto [error] = co_await saved_event_.async_wait(use_tuple);
    if (error) continue;  // something has happened
    services_.log->error("reshard: the disk does not take the new sessions; stopping without it");
    break;
  }
}

/// Looks from time to time whether more shards are needed. Never ends by itself.
asio::awaitable<void> manager::watch_fullness() {
  asio::steady_timer timer{context_};
  for (;;) {
    timer.expires_after(services_.settings->resharding.check_interval);
    co_await timer.async_wait(asio::use_awaitable);
    try {
      co_await check_fullness();
    } catch (const std::exception& failure) {
      services_.log->error("reshard: the check has failed and will be made again: {}",
                           failure.what());
    }
  }
}

asio::awaitable<void> manager::check_fullness() {
  const auto settings = services_.settings->resharding;  // they may be reloaded meanwhile
  if (!settings.enabled || !reshard_obstacle().empty()) co_return;
  const auto told = co_await ask_gateway();
  if (!told) {
    services_.log->warn("reshard: whether more shards are needed is not known: {}", told.error());
    co_return;
  }
  learn(*told);
  const int recommended = count_shards(0, told->bot);
  const auto why =
      reshard_is_due(total_shards_, recommended, fullest_shard(), settings.shards_full_percentage);
  if (!why || !reshard_obstacle().empty()) co_return;
  services_.log->info("reshard: {}", *why);
  const auto answer = decide_reshard(recommended, false, told->bot);
  if (!answer.reason.empty()) services_.log->error("reshard: not possible: {}", answer.reason);
}

std::size_t manager::fullest_shard() const {
  std::size_t fullest = 0;
  for (const auto& figures : services_.metrics.read()) {
    for (const auto& shard : figures->shards) fullest = std::max(fullest, shard.guilds);
  }
  return fullest;
}

/// Discord wants more shards than it has recommended (4011): all begin anew, with as many as it
/// recommends now.
asio::awaitable<void> manager::replan() {
  needs_more_shards_ = false;
  const int refused = total_shards_;
  services_.log->warn("Discord does not take {} shards (4011): asking for its recommendation",
                      refused);
  services_.board.set_phase("starting anew with more shards");
  for (const auto& [id, worker_id] : worker_of_shard_) retiring_.insert(id);
  post_to_all(retire_generation{serving_});
  retired_event_.expires_after(replan_timeout);
  while (!retiring_.empty() && !stopping_) {
    const auto [error] = co_await retired_event_.async_wait(use_tuple);
    if (!error) break;
  }
  worker_of_shard_.clear();
  total_shards_ = 0;
  if (stopping_) co_return;
  const auto bot = co_await fetch_gateway_bot();
  if (!bot) co_return;
  if (count_shards(0, bot->bot) <= refused) {
    services_.log->critical(
        "Discord recommends {} shards, of which it has just said that they are "
        "too few: set gateway.total_shards",
        bot->bot.shards);
    end(run_result::failed);
    co_return;
  }
  start_shards(*bot);
}

}  // namespace gatehouse::cluster
