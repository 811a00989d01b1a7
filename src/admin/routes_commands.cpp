#include "body_reader.hpp"
#include "command_answer.hpp"
#include "request_text.hpp"
#include "routes.hpp"

#include <gatehouse/gateway/command_check.hpp>
#include <gatehouse/gateway/commands.hpp>

#include <algorithm>

namespace gatehouse::admin {
namespace {

using boost::asio::awaitable;
using outcome = cluster::command_result::outcome;

response no_number() {
  return error_response(400, "the shard must be a number");
}

awaitable<response> send_payload(cluster::control& control, const request& asked) {
  const auto shard_id = parse_number<int>(asked.parameters.front());
  if (!shard_id) co_return no_number();
  const auto result = co_await control.send_payload(*shard_id, asked.body);
  co_return command_answer(result);
}

response describe_presence(const std::vector<cluster::command_result>& results) {
  const auto count = [&](outcome what) {
    return std::count_if(results.begin(), results.end(),
                         [&](const auto& result) { return result.what == what; });
  };
  json_writer out;
  out.begin_object()
      .member("shards", results.size())
      .member("sent", count(outcome::sent))
      .member("queued", count(outcome::queued));
  out.key("failed").begin_array();
  for (const auto& result : results) {
    if (is_accepted(result)) continue;
    out.begin_object()
        .member("shardId", result.shard_id)
        .member("error", describe_failure(result))
        .end_object();
  }
  out.end_array().end_object();
  return {.status = 202, .body = out.take()};
}

awaitable<response> set_presence(cluster::control& control, const request& asked) {
  const body_reader body{asked.body};
  if (body.failed()) co_return error_response(400, body.error());
  // Checked once, for all shards.
  const auto verdict = gateway::validate_command(gateway::presence_update_text(asked.body));
  if (!verdict.op) co_return error_response(400, verdict.error);
  const auto results = co_await control.set_presence(asked.body);
  co_return describe_presence(results);
}

awaitable<response> reconnect(cluster::control& control, const request& asked) {
  const auto shard_id = parse_number<int>(asked.parameters.front());
  if (!shard_id) co_return no_number();
  body_reader body{asked.body};
  body.allow_only({"mode"});
  const auto mode = body.choice("mode", {"resume", "identify"});
  if (body.failed()) co_return error_response(400, body.error());
  const auto result =
      co_await control.reconnect(*shard_id, mode == "resume" ? gateway::reconnect_mode::resume
                                                             : gateway::reconnect_mode::identify);
  co_return command_answer(result);
}

}  // namespace

void add_command_routes(std::vector<route>& rows, const control_sources& sources) {
  auto& control = sources.control;
  rows.push_back({"POST", "/shards/{id}/payload", access::authorized,
                  [&control](const request& asked) { return send_payload(control, asked); }});
  rows.push_back({"POST", "/shards/{id}/reconnect", access::authorized,
                  [&control](const request& asked) { return reconnect(control, asked); }});
  rows.push_back({"POST", "/presence", access::authorized,
                  [&control](const request& asked) { return set_presence(control, asked); }});
}

}  // namespace gatehouse::admin
