#include "routes.hpp"
#include "shard_list.hpp"
#include "totals.hpp"

namespace gatehouse::admin {
namespace {

void append_gate(json_writer& out, const cluster::gate_view& gate) {
  out.begin_object()
      .member("identifiesLeft", gate.identifies_left)
      .member("identifiesTotal", gate.identifies_total)
      .member("maxConcurrency", gate.max_concurrency)
      .member("waiting", gate.waiting)
      .member("resetsInMs", gate.resets_in)
      .end_object();
}

void append_totals(json_writer& out, const totals& sum) {
  out.key("events")
      .begin_object()
      .member("received", sum.received)
      .member("filtered", sum.filtered)
      .member("delivered", sum.delivered)
      .member("retried", sum.retried)
      .member("refused", sum.refused)
      .member("dropped", sum.dropped)
      .end_object();
  out.member("gaps", sum.gaps)
      .member("queued", sum.queued)
      .member("inFlight", sum.in_flight)
      .member("spooled", sum.spooled);
}

response answer_status(const control_sources& sources) {
  const auto ready = sources.status.check();
  const auto progress = sources.status.progress();
  const auto manager = sources.metrics.manager();
  totals sum;
  for (const auto& worker : sources.metrics.read()) sum.add(*worker);
  json_writer out;
  out.begin_object()
      .member("version", sources.version)
      .member("uptimeMs", runtime::clock::now() - sources.started)
      .member("revision", manager.revision)
      .member("ready", ready.ready)
      .member("missing", ready.missing)
      .member("totalShards", total_of_serving(list_shards(sources.metrics, sources.status)))
      .member("shards", progress.total)
      .member("connected", progress.connected);
  append_gate(out.key("gate"), manager.gate);
  append_reshard(out.key("reshard"), manager.reshard);
  append_totals(out, sum);
  append_letters(out.key("deadLetters"), sources.persistence.dead_letters());
  out.end_object();
  return {.body = out.take()};
}

}  // namespace

void add_status_route(std::vector<route>& rows, const control_sources& sources) {
  rows.push_back({"GET", "/status", access::authorized,
                  answer_with([sources](const request&) { return answer_status(sources); })});
}

}  // namespace gatehouse::admin
