#include "command_answer.hpp"

#include <gatehouse/telemetry/json_writer.hpp>

#include <chrono>
#include <utility>

namespace gatehouse::admin {
namespace {

using telemetry::json_writer;
using command_outcome = cluster::command_result::outcome;
using request_outcome = cluster::request_result::outcome;

response accepted(const cluster::command_result& result) {
  json_writer out;
  out.begin_object().member("shardId", result.shard_id);
  out.member("result", result.what == command_outcome::sent ? "sent" : "queued");
  if (result.what == command_outcome::queued && result.send_in) {
    out.member("sendInMs", *result.send_in);
  }
  out.end_object();
  return {.status = 202, .body = out.take()};
}

/// 429 as RFC 6585 has it, with the time in milliseconds as well.
response limited(const cluster::command_result& result) {
  const auto wait = result.send_in.value_or(runtime::milliseconds{0});
  json_writer out;
  out.begin_object()
      .member("error", describe_failure(result))
      .member("retryAfterMs", wait)
      .end_object();
  response reply{.status = 429, .body = out.take()};
  const auto seconds = std::chrono::ceil<runtime::seconds>(wait).count();
  reply.headers.emplace_back("Retry-After", std::to_string(seconds));
  return reply;
}

unsigned status_of(command_outcome failure) {
  switch (failure) {
    case command_outcome::invalid:
      return 400;
    case command_outcome::unknown_shard:
      return 404;
    case command_outcome::not_connected:
      return 409;
    default:
      return 503;
  }
}

}  // namespace

std::string describe_failure(const cluster::command_result& result) {
  if (!result.error.empty()) return result.error;
  const std::string shard =
      result.shard_id < 0 ? "the shard" : "shard " + std::to_string(result.shard_id);
  switch (result.what) {
    case command_outcome::unknown_shard:
      return shard + " is not held by this process";
    case command_outcome::not_connected:
      return shard + " is not connected, and nothing more can wait for it";
    case command_outcome::limited:
      return shard + " has reached Discord's send limit, and its queue is full";
    case command_outcome::invalid:
      return "Discord would not take this";
    default:
      return shard + " has not answered in time; the command may have been sent";
  }
}

response command_answer(const cluster::command_result& result) {
  if (is_accepted(result)) return accepted(result);
  if (result.what == command_outcome::limited) return limited(result);
  return error_response(status_of(result.what), describe_failure(result));
}

response request_answer(cluster::request_result result) {
  switch (result.what) {
    case request_outcome::answered:
      return {.body = std::move(result.body)};
    case request_outcome::failed:
      return command_answer(result.command);
    case request_outcome::no_answer:
      return error_response(504, "Discord has not answered in time");
    case request_outcome::ended:
      return error_response(503, "the shard was stopped meanwhile");
    case request_outcome::name_taken:
      break;
  }
  return error_response(409, "another request with this nonce is under way");
}

}  // namespace gatehouse::admin
