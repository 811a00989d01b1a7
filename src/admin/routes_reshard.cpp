#include "body_reader.hpp"
#include "routes.hpp"
#include "spelling.hpp"

namespace gatehouse::admin {
namespace {

using boost::asio::awaitable;
using outcome = cluster::reshard_answer::outcome;

constexpr std::int64_t most_shards = 1 << 20;

response describe(const cluster::reshard_answer& answer) {
  if (answer.what == outcome::refused) return error_response(409, answer.reason);
  const bool is_started = answer.what == outcome::started;
  json_writer out;
  out.begin_object()
      .member("result", is_started ? "started" : "planned")
      .member("from", answer.from_shards)
      .member("to", answer.to_shards)
      .member("identifiesNeeded", answer.identifies_needed)
      .member("identifiesLeft", answer.identifies_left)
      .member("durationMs", answer.duration);
  if (!answer.note.empty()) out.member("note", answer.note);
  out.end_object();
  return {.status = is_started ? 202U : 200U, .body = out.take()};
}

awaitable<response> show(cluster::control& control) {
  const auto progress = co_await control.get_reshard();
  json_writer out;
  append_reshard(out, progress);
  co_return response{.body = out.take()};
}

awaitable<response> start(cluster::control& control, const request& asked) {
  body_reader body{asked.body};
  body.allow_only({"totalShards", "dryRun"});
  const auto total = static_cast<int>(body.integer("totalShards", 0, most_shards, 0));
  const bool is_dry_run = body.flag("dryRun", false);
  if (body.failed()) co_return error_response(400, body.error());
  const auto answer = co_await control.reshard(total, is_dry_run);
  co_return describe(answer);
}

awaitable<response> roll_back(cluster::control& control) {
  const bool is_cancelled = co_await control.cancel_reshard();
  if (!is_cancelled) co_return error_response(409, "there is nothing to roll back");
  co_return response{.status = 202, .body = R"({"result":"rolling back"})"};
}

}  // namespace

void append_reshard(json_writer& out, const cluster::reshard_progress& progress) {
  out.begin_object()
      .member("phase", name_of(progress.now_in))
      .member("from", progress.from_shards)
      .member("to", progress.to_shards)
      .member("connected", progress.connected)
      .member("loaded", progress.loaded)
      .member("guilds", progress.guilds)
      .member("waitingFor", progress.waiting_for)
      .member("runningForMs", progress.running_for)
      .member("remainingMs", progress.remaining)
      .member("lastResult", progress.last_result)
      .end_object();
}

void add_reshard_routes(std::vector<route>& rows, const control_sources& sources) {
  auto& control = sources.control;
  rows.push_back({"GET", "/reshard", access::authorized,
                  [&control](const request&) { return show(control); }});
  rows.push_back({"POST", "/reshard", access::authorized,
                  [&control](const request& asked) { return start(control, asked); }});
  rows.push_back({"DELETE", "/reshard", access::authorized,
                  [&control](const request&) { return roll_back(control); }});
}

}  // namespace gatehouse::admin
