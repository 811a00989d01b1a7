#include "status_view.hpp"

#include "json_reading.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace gatehouse::app {
namespace {

namespace dom = simdjson::dom;

void read_totals(dom::element root, status_view& view) {
  dom::element part;
  if (root["gate"].get(part) == simdjson::SUCCESS) {
    read(part, "identifiesLeft", view.identifies_left);
    read(part, "identifiesTotal", view.identifies_total);
    read(part, "waiting", view.identifies_waiting);
    read(part, "maxConcurrency", view.max_concurrency);
    read(part, "resetsInMs", view.resets_in_ms);
  }
  if (root["reshard"].get(part) == simdjson::SUCCESS) {
    view.reshard = read_reshard(simdjson::minify(part));
  }
  if (root["deadLetters"].get(part) == simdjson::SUCCESS) {
    read(part, "onDisk", view.dead_letters);
    read(part, "bytes", view.dead_letter_bytes);
    read(part, "lost", view.dead_letters_lost);
  }
  if (root["events"].get(part) == simdjson::SUCCESS) {
    read(part, "received", view.received);
    read(part, "filtered", view.filtered);
    read(part, "delivered", view.delivered);
    read(part, "refused", view.refused);
    read(part, "dropped", view.dropped);
  }
}

void read_whole(dom::element root, status_view& view) {
  read(root, "version", view.version);
  read(root, "uptimeMs", view.uptime_ms);
  read(root, "revision", view.revision);
  read(root, "ready", view.ready);
  read(root, "totalShards", view.total_shards);
  read(root, "shards", view.shards);
  read(root, "connected", view.connected);
  read(root, "gaps", view.gaps);
  read(root, "queued", view.queued);
  read(root, "inFlight", view.in_flight);
  read(root, "spooled", view.spooled);
  read(root, "missing", view.missing);
  read_totals(root, view);
}

worker_row read_worker(dom::element from) {
  worker_row row;
  read(from, "workerId", row.worker_id);
  read(from, "shards", row.shards);
  read(from, "connected", row.connected);
  read(from, "queued", row.queued);
  read(from, "inFlight", row.in_flight);
  read(from, "bytes", row.bytes);
  read(from, "spooled", row.spooled);
  read(from, "oldestAgeMs", row.oldest_age_ms);
  read(from, "delivered", row.delivered);
  return row;
}

shard_row read_shard(dom::element from) {
  shard_row row;
  read(from, "shardId", row.shard_id);
  read(from, "workerId", row.worker_id);
  read(from, "generation", row.generation);
  read(from, "state", row.state);
  read(from, "stateName", row.state_name);
  read(from, "rtt", row.rtt);
  read(from, "guilds", row.guilds);
  read(from, "dispatches", row.dispatches);
  read(from, "gaps", row.gaps);
  return row;
}

handler_row read_handler(dom::element from) {
  handler_row row;
  std::int64_t queued = 0;
  std::int64_t in_flight = 0;
  read(from, "url", row.url);
  read(from, "state", row.state);
  read(from, "lastError", row.last_error);
  read(from, "sinceMs", row.since_ms);
  read(from, "queued", queued);
  read(from, "inFlight", in_flight);
  read(from, "oldestAgeMs", row.oldest_age_ms);
  read(from, "delivered", row.delivered);
  read(from, "retried", row.retried);
  read(from, "refused", row.refused);
  row.waiting = queued + in_flight;
  return row;
}

/// The same URL at another worker.
void add(handler_row& sum, const handler_row& other) {
  if (sum.state == "up") sum.state = other.state;
  if (sum.last_error.empty()) sum.last_error = other.last_error;
  sum.waiting += other.waiting;
  sum.oldest_age_ms = std::max(sum.oldest_age_ms, other.oldest_age_ms);
  sum.delivered += other.delivered;
  sum.retried += other.retried;
  sum.refused += other.refused;
}

void read_handlers(dom::element queue, status_view& view) {
  for_each(queue["workers"], [&](dom::element worker) {
    for_each(worker["handlers"], [&](dom::element each) {
      auto row = read_handler(each);
      const auto same = std::ranges::find(view.handlers, row.url, &handler_row::url);
      if (same == view.handlers.end()) {
        view.handlers.push_back(std::move(row));
      } else {
        add(*same, row);
      }
    });
  });
  dom::element spool;
  if (queue["spool"].get(spool) != simdjson::SUCCESS || !spool.is_object()) return;
  read(spool, "bytes", view.disk_bytes);
  read(spool, "limitBytes", view.disk_limit_bytes);
  read(spool, "working", view.is_disk_working);
}

void read_verdict(dom::element from, status_view& view) {
  read(from, "level", view.level);
  read(from, "headline", view.headline);
  read(from, "reasons", view.reasons);
}

/// Calls `use` if the text is JSON.
void parse(const std::string& text, const std::function<void(dom::element)>& use) {
  dom::parser parser;
  dom::element root;
  if (parser.parse(text).get(root) == simdjson::SUCCESS) use(root);
}

}  // namespace

status_view read_status(const status_bodies& from) {
  status_view view;
  parse(from.status, [&](dom::element root) { read_whole(root, view); });
  parse(from.verdict, [&](dom::element root) { read_verdict(root, view); });
  parse(from.queue, [&](dom::element root) { read_handlers(root, view); });
  parse(from.workers, [&](dom::element root) {
    for_each(dom::element{root},
             [&](dom::element each) { view.worker_rows.push_back(read_worker(each)); });
  });
  parse(from.shards, [&](dom::element root) {
    for_each(dom::element{root},
             [&](dom::element each) { view.shard_rows.push_back(read_shard(each)); });
  });
  parse(from.config, [&](dom::element root) {
    dom::element gateway;
    if (root["values"]["gateway"].get(gateway) != simdjson::SUCCESS) return;
    read(gateway, "spawn_shard_delay_ms", view.spawn_delay_ms);
  });
  return view;
}

/// The time between two looks is read off the age of the handler's state, which its worker takes at
/// the same moment as the counters.
void add_rates(status_view& now, const status_view& before) {
  for (auto& handler : now.handlers) {
    const auto earlier = std::ranges::find(before.handlers, handler.url, &handler_row::url);
    if (earlier == before.handlers.end()) continue;
    const auto passed_ms = handler.since_ms - earlier->since_ms;
    const auto delivered = handler.delivered - earlier->delivered;
    if (passed_ms <= 0 || delivered < 0 || handler.state != earlier->state) continue;
    handler.rate = 1'000.0 * static_cast<double>(delivered) / static_cast<double>(passed_ms);
  }
}

}  // namespace gatehouse::app
