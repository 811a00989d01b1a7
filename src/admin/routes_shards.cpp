#include "request_text.hpp"
#include "routes.hpp"
#include "shard_list.hpp"
#include "spelling.hpp"

#include <algorithm>

namespace gatehouse::admin {
namespace {

/// discordeno's name for a round trip that is not known.
constexpr std::int64_t unknown_rtt = -1;

void append_shard(json_writer& out, const listed_shard& shard) {
  const auto& status = shard.status;
  out.begin_object()
      .member("workerId", shard.worker_id)
      .member("shardId", status.shard_id)
      .member("rtt", status.rtt ? status.rtt->count() : unknown_rtt)
      .member("state", static_cast<int>(status.state))
      .member("stateName", name_of(status.state))
      .member("generation", status.generation)
      .member("totalShards", status.total_shards)
      .member("sessionId", status.session_id)
      .member("seq", status.received_seq)
      .member("safeSeq", status.safe_seq)
      .member("guilds", status.guilds)
      .member("dispatches", status.dispatches)
      .member("staleDispatches", status.stale_dispatches)
      .member("connections", status.connections)
      .member("gaps", status.gaps)
      .member("outgoing", status.outgoing)
      .end_object();
}

response answer_all(const std::vector<listed_shard>& shards) {
  json_writer out;
  out.begin_array();
  for (const auto& shard : shards) append_shard(out, shard);
  out.end_array();
  return {.body = out.take()};
}

response answer_one(const std::vector<listed_shard>& shards, const std::string& id_text) {
  const auto id = parse_number<int>(id_text);
  if (!id) return error_response(400, "the shard must be a number");
  // Serving ones stand first.
  const auto found = std::find_if(shards.begin(), shards.end(),
                                  [&](const auto& shard) { return shard.status.shard_id == *id; });
  if (found == shards.end()) {
    return error_response(404, "shard " + id_text + " is not held by this process");
  }
  json_writer out;
  append_shard(out, *found);
  return {.body = out.take()};
}

}  // namespace

void add_shard_routes(std::vector<route>& rows, const control_sources& sources) {
  const auto list = [&metrics = sources.metrics, &status = sources.status] {
    return list_shards(metrics, status);
  };
  rows.push_back({"GET", "/shards", access::authorized,
                  answer_with([list](const request&) { return answer_all(list()); })});
  rows.push_back(
      {"GET", "/shards/{id}", access::authorized, answer_with([list](const request& asked) {
         return answer_one(list(), asked.parameters.front());
       })});
}

}  // namespace gatehouse::admin
