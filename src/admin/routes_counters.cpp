#include "routes.hpp"
#include "spelling.hpp"
#include "totals.hpp"

namespace gatehouse::admin {
namespace {

response answer_counters(const cluster::metrics_board& metrics) {
  const auto workers = metrics.read();
  cluster::shard_totals shards;
  for (const auto& worker : workers) shards.add(worker->totals);
  json_writer out;
  out.begin_object().key("events").begin_array();
  for (const auto& [name, count] : sum_events(workers)) {
    out.begin_object()
        .member("event", name)
        .member("received", count.received)
        .member("filtered", count.filtered)
        .member("forwarded", count.forwarded)
        .end_object();
  }
  out.end_array().key("reconnects").begin_array();
  for (std::size_t i = 0; i < shards.reconnects.size(); ++i) {
    if (shards.reconnects[i] == 0) continue;
    out.begin_object()
        .member("cause", name_of(static_cast<gateway::reconnect_cause>(i)))
        .member("count", shards.reconnects[i])
        .end_object();
  }
  out.end_array().end_object();
  return {.body = out.take()};
}

}  // namespace

void add_counters_route(std::vector<route>& rows, const control_sources& sources) {
  rows.push_back({"GET", "/counters", access::authorized,
                  answer_with([&metrics = sources.metrics](const request&) {
                    return answer_counters(metrics);
                  })});
}

}  // namespace gatehouse::admin
