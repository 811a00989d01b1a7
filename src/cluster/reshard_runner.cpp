#include <gatehouse/cluster/reshard_runner.hpp>
#include <gatehouse/telemetry/log_fields.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

/// The course of a reshard; whether there is one at all is decided in reshard_decision.cpp.
namespace gatehouse::cluster {
namespace {

namespace asio = boost::asio;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);
/// For timers that serve as events: they end by being cancelled.
constexpr auto never = runtime::time_point::max();
constexpr std::uint64_t guilds_intent = 1;

}  // namespace

reshard_runner::reshard_runner(shared_parts parts, const shard_source& ours,
                               identify_service& identifies, inquiry ask, runtime::duration window)
    : parts_(std::move(parts)),
      ours_(ours),
      identifies_(identifies),
      ask_(std::move(ask)),
      window_(window),
      timer_(parts_.context),
      watch_timer_(parts_.context),
      saved_event_(parts_.context, never) {}

identify_question reshard_runner::describe(gateway::shard_key shard) const {
  const bool is_new = shard.generation != parts_.serving.generation;
  const int total = is_new && running_ ? running_->plan().to_shards : parts_.serving.total_shards;
  return {shard.shard_id, total, is_new};
}

std::string reshard_runner::name_of(gateway::shard_key shard) const {
  const auto asked = describe(shard);
  return "shard " + std::to_string(asked.shard_id) + " of " + std::to_string(asked.total_shards) +
         (asked.is_reshard ? ", new set" : "");
}

void reshard_runner::begin(int total) {
  const auto now = runtime::clock::now();
  const auto& serving = parts_.serving;
  const auto& settings = *parts_.settings;
  reshard_plan plan;
  plan.from_shards = serving.total_shards;
  plan.to_shards = total;
  plan.serving = serving.generation;
  plan.coming = serving.generation + 1;
  plan.old_ids.assign(serving.ids.begin(), serving.ids.end());
  plan.workers = parts_.workers.workers();
  for (int id = 0; id < total; ++id) {
    plan.new_ids.push_back(id);
    plan.workers.insert(parts_.workers.place(id));
  }
  plan.loads_guilds = (settings.discord.intents & guilds_intent) != 0;
  plan.identify_pace = identifies_.pace();
  plan.timeout = settings.resharding.timeout;
  plan.window = window_;
  if (!too_full_.empty()) give_up_waiting(plan);
  parts_.log->info("resharding from {} to {} shards", plan.from_shards, plan.to_shards);
  const auto lost = plan.lost_ids;
  running_ = std::make_unique<reshard>(std::move(plan), now);
  reshard::actions todo;
  for (const auto& [id, state] : parts_.board.states()) {
    if (state == gateway::shard_state::connected || lost.contains(id)) continue;
    running_->on_state(serving.key_of(id), state, now, todo);
  }
  running_->start(todo);
  perform(std::move(todo));
}

/// Shards that have not been connected yet would spend identifies on a set that is about to go.
void reshard_runner::give_up_waiting(reshard_plan& plan) {
  plan.lost_ids = too_full_;
  for (const auto& [id, state] : parts_.board.states()) {
    const bool is_in_vain =
        state == gateway::shard_state::unidentified && !connected_once_.contains(id);
    if (!is_in_vain) continue;
    waiting_.insert(id);
    plan.lost_ids.insert(id);
    identifies_.give_up(parts_.serving.key_of(id));
  }
}

bool reshard_runner::cancel() {
  if (!running_) return false;
  reshard::actions todo;
  const bool is_possible = running_->roll_back("as asked", runtime::clock::now(), todo);
  perform(std::move(todo));
  return is_possible;
}

reshard_progress reshard_runner::status() const {
  reshard_progress progress;
  if (running_) progress = running_->progress(runtime::clock::now());
  progress.last_result = last_result_;
  return progress;
}

/// Feeds one input to the reshard under way, if there is one, and does what comes of it.
template <class Input>
void reshard_runner::step(Input&& input) {
  if (!running_) return;
  reshard::actions todo;
  std::forward<Input>(input)(*running_, runtime::clock::now(), todo);
  perform(std::move(todo));
}

void reshard_runner::perform(reshard::actions todo) {
  for (auto& wanted : todo) {
    std::visit([this](auto& content) { perform(std::move(content)); }, wanted);
  }
  arm();
}

void reshard_runner::arm() {
  const auto deadline = running_ ? running_->deadline() : std::nullopt;
  if (!deadline || stopped_) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(*deadline);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    step([](auto& running, auto now, auto& out) { running.on_timer(now, out); });
  });
}

void reshard_runner::perform(reshard::start_shards) {
  const auto& plan = running_->plan();
  for (const int worker_id : plan.workers) {
    parts_.workers.post(worker_id, begin_reshard{plan.coming});
  }
  for (const int id : plan.new_ids) {
    parts_.workers.post_to_shard(
        id,
        start_shard{{id, plan.coming}, plan.to_shards, parts_.serving.gateway_url, std::nullopt});
  }
}

void reshard_runner::perform(reshard::compare wanted) {
  parts_.log->info("reshard: the new shards are ready; both sets are compared");
  parts_.workers.post_to_all(compare_generations{wanted.window});
}

void reshard_runner::perform(reshard::stop_forwarding) {
  parts_.workers.post_to_all(cluster::stop_forwarding{});
}

void reshard_runner::perform(reshard::go_on_forwarding) {
  parts_.log->info("reshard: not yet: the old shards go on");
  parts_.workers.post_to_all(cluster::go_on_forwarding{});
}

void reshard_runner::perform(reshard::save_sessions wanted) {
  const auto report = [this](bool is_saved) {
    asio::post(parts_.context, [this, is_saved] {
      step([&](auto& running, auto now, auto& out) { running.on_saved(is_saved, now, out); });
      saved_event_.cancel();
    });
  };
  if (parts_.sessions == nullptr) return report(true);
  parts_.sessions->save_reshard(std::move(wanted.changes),
                                {running_->plan().to_shards, parts_.settings->gateway.total_shards},
                                report);
}

void reshard_runner::perform(reshard::serve wanted) {
  const auto& plan = running_->plan();
  auto& serving = parts_.serving;
  serving.generation = plan.coming;
  serving.total_shards = plan.to_shards;
  serving.ids = {plan.new_ids.begin(), plan.new_ids.end()};
  too_full_.clear();
  waiting_.clear();
  said_.clear();
  connected_once_ = serving.ids;
  parts_.board.replace_shards(plan.new_ids, gateway::shard_state::connected);
  parts_.board.set_phase({});
  parts_.workers.post_to_all(serve_generation{serving.generation, plan.from_shards, plan.to_shards,
                                              std::move(wanted.left)});
  parts_.log->info("reshard: {} shards serve now; the {} old ones end", plan.to_shards,
                   plan.from_shards);
}

void reshard_runner::perform(reshard::end_generation wanted) {
  parts_.workers.post_to_all(cluster::end_generation{wanted.generation});
}

void reshard_runner::perform(reshard::finish ended) {
  const auto& plan = running_->plan();
  last_result_ = std::move(ended.result);
  parts_.log->log(ended.is_done ? spdlog::level::info : spdlog::level::err,
                  "reshard from {} to {} shards: {}", plan.from_shards, plan.to_shards,
                  last_result_);
  const std::string note = note_on_configured(plan.to_shards);
  if (ended.is_done && !note.empty()) parts_.log->warn("{}", note);
  parts_.workers.post_to_all(end_reshard{});
  running_.reset();
  // After a roll-back the old set is what there is.
  for (const int id : std::exchange(waiting_, {})) identifies_.want(parts_.serving.key_of(id));
  if (!too_full_.empty()) say_impossible(last_result_);
}

void reshard_runner::on_report(const reshard_report& report) {
  step([&](auto& running, auto now, auto& out) { running.on_report(report, now, out); });
  if (!running_ || running_->is_serving()) return;
  const auto left = identifies_.remaining();
  if (!left || static_cast<std::size_t>(std::max(*left, 0)) >= identifies_.waiting()) return;
  on_refused("the session start limit does not last: " + std::to_string(*left) +
             " identifies are left for " + std::to_string(identifies_.waiting()) + " shards");
}

void reshard_runner::on_forwarded(events_forwarded message) {
  const auto copies =
      std::make_shared<const std::vector<events::forwarded_copy>>(std::move(message.copies));
  for (const int id : parts_.workers.workers()) {
    if (id != message.worker_id) parts_.workers.post(id, forwarded_elsewhere{copies});
  }
}

void reshard_runner::on_drained(worker_drained message) {
  step([&](auto& running, auto now, auto& out) {
    running.on_drained(message.worker_id, std::move(message.sessions), std::move(message.left), now,
                       out);
  });
}

void reshard_runner::on_ended(gateway::shard_key shard) {
  step([&](auto& running, auto now, auto& out) { running.on_ended(shard, now, out); });
}

bool reshard_runner::withholds(gateway::shard_key shard) {
  const bool is_in_vain = running_ && !running_->is_serving() && !too_full_.empty() &&
                          shard.generation == parts_.serving.generation &&
                          !connected_once_.contains(shard.shard_id);
  if (!is_in_vain) return false;
  waiting_.insert(shard.shard_id);
  step([&](auto& running, auto now, auto& out) { running.on_lost(shard.shard_id, now, out); });
  return true;
}

void reshard_runner::on_state(gateway::shard_key shard, gateway::shard_state state) {
  const bool serves = shard.generation == parts_.serving.generation;
  if (serves && state == gateway::shard_state::connected) connected_once_.insert(shard.shard_id);
  step([&](auto& running, auto now, auto& out) { running.on_state(shard, state, now, out); });
}

/// Discord closes it for good: its session is lost, and nothing but more shards brings it back.
void reshard_runner::on_too_full(int shard_id) {
  if (!too_full_.insert(shard_id).second) return;
  telemetry::write_line(*parts_.log, config::log_level::error,
                        {{telemetry::log_field::shard, shard_id},
                         {telemetry::log_field::generation, parts_.serving.generation},
                         {telemetry::log_field::close_code, 4011}},
                        "Discord refuses {} with 4011 (sharding required): it has too many guilds",
                        name_of(parts_.serving.key_of(shard_id)));
  step([&](auto& running, auto now, auto& out) { running.on_lost(shard_id, now, out); });
  if (running_) return;
  parts_.board.set_phase("more shards are needed (4011)");
  is_urgent_ = true;
  watch_timer_.cancel();
}

void reshard_runner::on_refused(const std::string& why) {
  step([&](auto& running, auto now, auto& out) { running.roll_back(why, now, out); });
}

/// They must not change hands while everything stops.
asio::awaitable<void> reshard_runner::finish_saving(runtime::time_point deadline) {
  saved_event_.expires_at(deadline);
  while (is_saving()) {
    const auto [error] = co_await saved_event_.async_wait(use_tuple);
    if (error) continue;  // something has happened
    parts_.log->error("reshard: the disk does not take the new sessions; stopping without it");
    break;
  }
}

void reshard_runner::stop() {
  stopped_ = true;
  timer_.cancel();
  watch_timer_.cancel();
}

}  // namespace gatehouse::cluster
