#include <gatehouse/cluster/delivery_log.hpp>
#include <gatehouse/telemetry/log_fields.hpp>

#include <spdlog/spdlog.h>

#include <chrono>
#include <string>
#include <utility>

namespace gatehouse::cluster {
namespace {

using config::log_level;
using telemetry::log_field;
using telemetry::write_line;

/// Of a handler's answer, in the prose; the dead letter has more of it.
constexpr std::size_t told_answer = 160;

/// What the handler said, in quotes. Not of an interaction: an answer may repeat the event, and
/// that one has a token in it.
std::string quoted_answer(const delivery::refused_event& event) {
  if (event.answer.empty() || event.event_name == "INTERACTION_CREATE") return {};
  const bool is_cut = event.answer.size() > told_answer;
  return fmt::format(" \"{}{}\"", event.answer.substr(0, told_answer), is_cut ? "…" : "");
}

std::string_view describe(delivery::drop_reason reason) {
  switch (reason) {
    case delivery::drop_reason::queue_full:
      return "queue.memory_mb is used up";
    case delivery::drop_reason::too_old:
      return "older than queue.max_age_s";
    case delivery::drop_reason::token_expired:
      return "the interaction's token has expired";
  }
  return "unknown reason";
}

}  // namespace

delivery_log::delivery_log(int worker_id, telemetry::logger log)
    : worker_id_(worker_id), log_(std::move(log)) {}

void delivery_log::handler_down(const std::string& url, std::string_view reason) {
  const auto now = runtime::clock::now();
  limits& of = limits_[url];
  sum_up(url, of, now, false);
  if (!of.changes.admit(now)) return;
  write_line(*log_, log_level::warn, {{log_field::worker, worker_id_}, {log_field::url, url}},
             "worker {}: handler {} is down: {}; its events wait", worker_id_, url, reason);
}

/// The end of what was told is told, too; of what was kept back, the summary tells.
void delivery_log::handler_up(const std::string& url, runtime::duration after) {
  write_line(*log_, limits_[url].changes.is_keeping_back() ? log_level::debug : log_level::info,
             {{log_field::worker, worker_id_}, {log_field::url, url}},
             "worker {}: handler {} is up again after {:.1f} s", worker_id_, url,
             std::chrono::duration<double>(after).count());
}

void delivery_log::misconfigured(const std::string& url, int status, std::string_view hint) {
  write_line(*log_, log_level::error,
             {{log_field::worker, worker_id_}, {log_field::url, url}, {log_field::status, status}},
             "worker {}: handler {} answers {}: {}; its events wait", worker_id_, url, status,
             hint);
}

void delivery_log::refused(const delivery::refused_event& event) {
  const auto now = runtime::clock::now();
  limits& of = limits_[event.url];
  sum_up(event.url, of, now, false);
  if (!of.refusals.admit(now)) return;
  const std::string answer = quoted_answer(event);
  write_line(*log_, log_level::error,
             {{log_field::worker, worker_id_},
              {log_field::url, event.url},
              {log_field::shard, event.shard_id},
              {log_field::status, event.status},
              {log_field::event, event.event_name},
              {log_field::event_id, event.event_id}},
             "worker {}: handler {} refused {} {} of {} bytes: {}{}; set aside", worker_id_,
             event.url, event.event_name, event.event_id, event.request_bytes, event.reason,
             answer);
}

void delivery_log::summarize(runtime::time_point now, bool is_last) {
  for (auto& [url, of] : limits_) sum_up(url, of, now, is_last);
}

void delivery_log::sum_up(const std::string& url, limits& of, runtime::time_point now,
                          bool is_last) {
  const auto take = [&](telemetry::repeat_limit& limit) {
    return is_last ? limit.take_all() : limit.take_due(now);
  };
  // A stop does not wait for the window's end.
  const auto when = [&]() -> std::string {
    if (is_last) return "before the stop";
    return fmt::format("in {} s", telemetry::repeat_limit::window.count());
  };
  if (const auto more = take(of.refusals)) {
    write_line(*log_, log_level::error,
               {{log_field::worker, worker_id_}, {log_field::url, url}, {log_field::count, more}},
               "worker {}: handler {} refused … and {} more {}; set aside", worker_id_, url, more,
               when());
  }
  if (const auto more = take(of.changes)) {
    write_line(*log_, log_level::warn,
               {{log_field::worker, worker_id_}, {log_field::url, url}, {log_field::count, more}},
               "worker {}: handler {} was down … and {} more times {}", worker_id_, url, more,
               when());
  }
}

void delivery_log::stalled(const std::string& url, std::size_t waiting) {
  write_line(*log_, log_level::error,
             {{log_field::worker, worker_id_}, {log_field::url, url}, {log_field::count, waiting}},
             "worker {}: handler {}: {} events waited and nothing would have sent them: a fault of "
             "gatehouse, mended; please report it",
             worker_id_, url, waiting);
}

void delivery_log::dropped(std::string_view event_name, delivery::drop_reason reason,
                           std::uint64_t count) {
  write_line(
      *log_, log_level::error,
      {{log_field::worker, worker_id_}, {log_field::event, event_name}, {log_field::count, count}},
      "worker {}: dropped {} {}: {}", worker_id_, count, event_name, describe(reason));
}

void delivery_log::spooled_lost(int shard_id, std::uint64_t events) {
  write_line(
      *log_, log_level::error,
      {{log_field::worker, worker_id_}, {log_field::shard, shard_id}, {log_field::count, events}},
      "worker {}: {} events of shard {} on disk cannot be read any more: lost", worker_id_, events,
      shard_id);
}

void delivery_log::left_queued(int shard_id, std::size_t events, std::size_t safe) {
  if (safe > 0) {
    write_line(
        *log_, log_level::info,
        {{log_field::worker, worker_id_}, {log_field::shard, shard_id}, {log_field::count, safe}},
        "worker {}: {} undelivered events of shard {} are on disk", worker_id_, safe, shard_id);
  }
  if (events > safe) {
    write_line(*log_, log_level::warn,
               {{log_field::worker, worker_id_},
                {log_field::shard, shard_id},
                {log_field::count, events - safe}},
               "worker {}: {} undelivered events of shard {} are not on disk: Discord has to "
               "replay them",
               worker_id_, events - safe, shard_id);
  }
}

}  // namespace gatehouse::cluster
