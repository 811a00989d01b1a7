#include "routes.hpp"
#include "spelling.hpp"
#include "totals.hpp"

#include <algorithm>

namespace gatehouse::admin {
namespace {

void append_worker(json_writer& out, const cluster::worker_metrics& worker) {
  totals sum;
  sum.add(worker);
  const auto count = [&](auto&& matches) {
    return std::count_if(worker.shards.begin(), worker.shards.end(), matches);
  };
  out.begin_object()
      .member("workerId", worker.worker_id)
      .member("shards", count([](const auto& shard) { return shard.serves; }))
      .member("connected", count([](const auto& shard) {
                return shard.serves && shard.state == gateway::shard_state::connected;
              }))
      .member("queued", sum.queued)
      .member("inFlight", sum.in_flight)
      .member("bytes", worker.delivery.bytes)
      .member("limitBytes", worker.delivery.limit_bytes)
      .member("spooled", worker.delivery.spooled)
      .member("congested", worker.delivery.congested)
      .member("oldestAgeMs", sum.oldest_age)
      .member("received", sum.received)
      .member("filtered", sum.filtered)
      .member("delivered", sum.delivered)
      .member("dropped", sum.dropped)
      .end_object();
}

response answer_workers(const cluster::metrics_board& metrics) {
  json_writer out;
  out.begin_array();
  for (const auto& worker : metrics.read()) append_worker(out, *worker);
  out.end_array();
  return {.body = out.take()};
}

void append_handler(json_writer& out, const delivery::target_status& target) {
  out.begin_object()
      .member("url", target.url)
      .member("state", name_of(target.state))
      .member("sinceMs", target.since)
      .member("lastError", target.last_error)
      .member("nextProbeMs", target.next_probe.value_or(runtime::duration{}))
      .member("queued", target.queued)
      .member("inFlight", target.in_flight)
      .member("bytes", target.bytes)
      .member("oldestAgeMs", target.oldest_age)
      .member("connections", target.connections)
      .member("delivered", target.delivered)
      .member("retried", target.retried)
      .member("refused", target.refused)
      .end_object();
}

void append_queue_of(json_writer& out, const cluster::worker_metrics& worker) {
  out.begin_object()
      .member("workerId", worker.worker_id)
      .member("bytes", worker.delivery.bytes)
      .member("limitBytes", worker.delivery.limit_bytes)
      .member("spooled", worker.delivery.spooled)
      .member("congested", worker.delivery.congested);
  out.key("handlers").begin_array();
  for (const auto& target : worker.delivery.targets) append_handler(out, target);
  out.end_array().key("dropped").begin_array();
  for (const auto& drop : worker.delivery.dropped) {
    out.begin_object()
        .member("event", drop.event_name)
        .member("reason", name_of(drop.reason))
        .member("count", drop.count)
        .end_object();
  }
  out.end_array().end_object();
}

void append_spool(json_writer& out, const storage::spool* spool) {
  if (spool == nullptr) {
    out.raw("null");
    return;
  }
  const auto usage = spool->usage();
  out.begin_object()
      .member("bytes", usage.bytes)
      .member("limitBytes", usage.limit_bytes)
      .member("events", usage.events)
      .member("working", usage.is_working)
      .member("writeFailures", usage.write_failures)
      .member("lostEvents", usage.lost_events)
      .end_object();
}

response answer_queue(const cluster::metrics_board& metrics, const storage::persistence& kept) {
  json_writer out;
  out.begin_object().key("workers").begin_array();
  for (const auto& worker : metrics.read()) append_queue_of(out, *worker);
  out.end_array();
  append_spool(out.key("spool"), kept.spool());
  append_letters(out.key("deadLetters"), kept.dead_letters());
  out.end_object();
  return {.body = out.take()};
}

}  // namespace

void append_letters(json_writer& out, const storage::dead_letter_file* letters) {
  if (letters == nullptr) {
    out.raw("null");
    return;
  }
  const auto usage = letters->usage();
  out.begin_object()
      .member("onDisk", usage.letters)
      .member("bytes", usage.bytes)
      .member("limitBytes", usage.limit_bytes)
      .member("written", usage.written)
      .member("lost", usage.lost)
      .end_object();
}

void add_queue_routes(std::vector<route>& rows, const control_sources& sources) {
  rows.push_back({"GET", "/workers", access::authorized,
                  answer_with([&metrics = sources.metrics](const request&) {
                    return answer_workers(metrics);
                  })});
  rows.push_back({"GET", "/queue", access::authorized,
                  answer_with([&metrics = sources.metrics, &kept = sources.persistence](
                                  const request&) { return answer_queue(metrics, kept); })});
}

}  // namespace gatehouse::admin
