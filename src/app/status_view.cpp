#include "status_view.hpp"

#include "json_reading.hpp"

namespace gatehouse::app {
namespace {

namespace dom = simdjson::dom;

void read_totals(dom::element root, status_view& view) {
  dom::element part;
  if (root["gate"].get(part) == simdjson::SUCCESS) {
    read(part, "identifiesLeft", view.identifies_left);
    read(part, "identifiesTotal", view.identifies_total);
    read(part, "waiting", view.identifies_waiting);
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
  for_each(root["missing"], [&](dom::element each) {
    std::string_view text;
    if (each.get(text) == simdjson::SUCCESS) view.missing.emplace_back(text);
  });
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

}  // namespace

status_view read_status(std::string_view status, std::string_view workers,
                        std::string_view shards) {
  status_view view;
  dom::parser parser;
  dom::element root;
  if (!parser.parse(status.data(), status.size()).get(root)) read_whole(root, view);
  for_each(parser.parse(workers.data(), workers.size()),
           [&](dom::element each) { view.worker_rows.push_back(read_worker(each)); });
  for_each(parser.parse(shards.data(), shards.size()),
           [&](dom::element each) { view.shard_rows.push_back(read_shard(each)); });
  return view;
}

}  // namespace gatehouse::app
