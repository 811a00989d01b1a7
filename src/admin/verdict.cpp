#include "verdict.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace gatehouse::admin {
namespace {

using state = gateway::shard_state;

struct reason {
  std::string in_short;
  std::string text;
};
using reasons = std::vector<reason>;

std::string plural(std::uint64_t count, const std::string& what) {
  return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

/// It waits for leave to identify, as the gate lets one after the other in.
bool waits_its_turn(const cluster::absence& away, const cluster::gate_view& gate) {
  return gate.waiting > 0 && (away.state == state::unidentified || away.state == state::offline);
}

void judge_shards(const circumstances& found, reasons& all) {
  constexpr std::size_t most_named = 8;
  std::string named;
  std::size_t count = 0;
  for (const auto& away : found.absences) {
    if (found.now - away.since < absence_patience) continue;
    if (waits_its_turn(away, found.manager.gate)) continue;
    if (++count <= most_named) named += (named.empty() ? "" : ", ") + std::to_string(away.shard_id);
  }
  if (count == 0) return;
  const auto shards = plural(count, "shard");
  all.push_back({shards + " away", shards + " not connected for a minute: " + named +
                                       (count > most_named ? ", …" : "")});
}

void judge_handlers(const circumstances& found, reasons& all) {
  struct one_handler {
    std::size_t workers = 0;
    std::size_t not_up = 0;
    std::string last_error{};
  };
  std::map<std::string, one_handler> by_url;
  for (const auto& worker : found.workers) {
    for (const auto& target : worker->delivery.targets) {
      auto& handler = by_url[target.url];
      ++handler.workers;
      if (target.state == delivery::health_state::up) continue;
      ++handler.not_up;
      handler.last_error = target.last_error;
    }
  }
  for (const auto& [url, handler] : by_url) {
    if (handler.not_up == 0) continue;
    std::string text = "handler " + url + " does not take events";
    if (handler.not_up < handler.workers) {
      text += " for " + std::to_string(handler.not_up) + " of " + std::to_string(handler.workers) +
              " workers";
    }
    if (!handler.last_error.empty()) text += ": " + handler.last_error;
    all.push_back({"handler down", std::move(text)});
  }
}

void judge_queues(const circumstances& found, reasons& all) {
  std::string congested;
  for (const auto& worker : found.workers) {
    if (!worker->delivery.congested) continue;
    congested += (congested.empty() ? "" : ", ") + std::to_string(worker->worker_id);
  }
  if (!congested.empty()) all.push_back({"queue full", "queue full at worker " + congested});
  if (found.has_dropped) all.push_back({"events dropped", "events are being dropped"});
  if (!found.has_state_folder) {
    all.push_back({"no state",
                   "state.dir cannot be used: a restart would identify every shard "
                   "again and lose what is undelivered"});
  } else if (!found.is_disk_working) {
    all.push_back({"disk fails", "the disk takes no events: they are in memory only"});
  }
  if (found.dead_letters > 0) {
    all.push_back({"dead letters", plural(found.dead_letters, "event") +
                                       " refused by a handler: gatehouse dead-letters list"});
  }
}

void judge_budget(const cluster::gate_view& gate, reasons& all) {
  constexpr int scarce_share = 10;  // of the total: a tenth
  if (!gate.identifies_left || *gate.identifies_left > gate.identifies_total / scarce_share) return;
  all.push_back({"identifies scarce", "only " + std::to_string(*gate.identifies_left) + " of " +
                                          std::to_string(gate.identifies_total) +
                                          " identifies are left"});
}

std::string attention(const reasons& all) {
  std::string text;
  std::set<std::string> said;
  for (const auto& each : all) {
    if (said.insert(each.in_short).second) text += (text.empty() ? "" : ", ") + each.in_short;
  }
  return "Attention: " + text;
}

std::string busy_headline(const circumstances& found) {
  const auto& reshard = found.manager.reshard;
  if (reshard.now_in != cluster::reshard_progress::phase::idle) {
    return "Resharding " + std::to_string(reshard.from_shards) + " → " +
           std::to_string(reshard.to_shards);
  }
  if (found.shards.total == 0) return "Starting";
  return std::to_string(found.shards.connected) + " of " + plural(found.shards.total, "shard") +
         " connected";
}

}  // namespace

verdict judge(const circumstances& found) {
  reasons all;
  judge_shards(found, all);
  judge_handlers(found, all);
  judge_queues(found, all);
  judge_budget(found.manager.gate, all);
  verdict result;
  for (const auto& each : all) result.reasons.push_back(each.text);
  result.reasons.insert(result.reasons.end(), found.ready.missing.begin(),
                        found.ready.missing.end());
  const bool is_resharding = found.manager.reshard.now_in != cluster::reshard_progress::phase::idle;
  if (!all.empty()) {
    result.how = verdict::level::bad;
    result.headline = attention(all);
  } else if (!found.ready.ready || is_resharding) {
    result.how = verdict::level::busy;
    result.headline = busy_headline(found);
  } else {
    result.headline = found.shards.total == 1
                          ? "The shard is connected"
                          : "All " + plural(found.shards.total, "shard") + " connected";
  }
  return result;
}

}  // namespace gatehouse::admin
