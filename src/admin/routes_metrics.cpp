#include "fleet_metrics.hpp"
#include "house_metrics.hpp"
#include "metric_text.hpp"
#include "shard_metrics.hpp"
#include "totals.hpp"

#include <gatehouse/admin/routes_metrics.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <utility>

namespace gatehouse::admin {
namespace {

using kind = metric_text::kind;
using workers = std::vector<std::shared_ptr<const cluster::worker_metrics>>;

double seconds(runtime::duration span) {
  return std::chrono::duration<double>(span).count();
}

/// The metrics have their own names.
std::string_view label_of(delivery::drop_reason reason) {
  switch (reason) {
    case delivery::drop_reason::queue_full:
      return "queue_full";
    case delivery::drop_reason::too_old:
      return "too_old";
    case delivery::drop_reason::token_expired:
      break;
  }
  return "token_expired";
}

void add_events(metric_text& out, const workers& all) {
  const auto by_name = sum_events(all);
  std::map<std::pair<std::string_view, std::string_view>, std::uint64_t> dropped;
  for (const auto& worker : all) {
    for (const auto& drop : worker->delivery.dropped) {
      dropped[{drop.event_name, label_of(drop.reason)}] += drop.count;
    }
  }
  out.family("gatehouse_events_received_total", kind::counter,
             "Events received from Discord, repeated ones aside.");
  for (const auto& [name, counts] : by_name) out.sample({{"event", name}}, counts.received);
  out.family("gatehouse_events_filtered_total", kind::counter,
             "Events not forwarded on purpose: events.only, events.drop, controllers, unfurls, "
             "outages, copies.");
  for (const auto& [name, counts] : by_name) out.sample({{"event", name}}, counts.filtered);
  out.family("gatehouse_events_forwarded_total", kind::counter,
             "Events handed to the delivery, by the name the handler sees.");
  for (const auto& [name, counts] : by_name) out.sample({{"event", name}}, counts.forwarded);
  out.family("gatehouse_events_dropped_total", kind::counter,
             "Events lost from the queue: shed, too old, or of no use.");
  for (const auto& [what, count] : dropped) {
    out.sample({{"event", what.first}, {"reason", what.second}}, count);
  }
}

/// One family with a sample for each worker and handler URL.
template <class Value>
void add_by_handler(metric_text& out, const workers& all, Value&& value) {
  for (const auto& worker : all) {
    const std::string id = std::to_string(worker->worker_id);
    for (const auto& target : worker->delivery.targets) {
      out.sample({{"worker", id}, {"url", target.url}}, value(target));
    }
  }
}

void add_handlers(metric_text& out, const workers& all) {
  out.family("gatehouse_handler_up", kind::gauge, "1 while the handler accepts events.");
  add_by_handler(out, all, [](const auto& target) {
    return std::uint64_t{target.state == delivery::health_state::up ? 1U : 0U};
  });
  out.family("gatehouse_handler_queued_events", kind::gauge, "Events in memory that wait.");
  add_by_handler(out, all, [](const auto& target) { return std::uint64_t{target.queued}; });
  out.family("gatehouse_handler_events_in_flight", kind::gauge, "Events sent, not answered yet.");
  add_by_handler(out, all, [](const auto& target) { return std::uint64_t{target.in_flight}; });
  out.family("gatehouse_handler_oldest_event_seconds", kind::gauge,
             "Age of the oldest undelivered event in memory, in seconds.");
  add_by_handler(out, all, [](const auto& target) { return seconds(target.oldest_age); });
  out.family("gatehouse_handler_connections", kind::gauge, "Open connections to the handler.");
  add_by_handler(out, all, [](const auto& target) { return std::uint64_t{target.connections}; });
  out.family("gatehouse_handler_delivered_total", kind::counter,
             "Events that the handler accepted.");
  add_by_handler(out, all, [](const auto& target) { return target.delivered; });
  out.family("gatehouse_handler_retried_total", kind::counter, "Events that had to be repeated.");
  add_by_handler(out, all, [](const auto& target) { return target.retried; });
  out.family("gatehouse_handler_refused_total", kind::counter, "Events refused: dead letters.");
  add_by_handler(out, all, [](const auto& target) { return target.refused; });
  out.family(
      "gatehouse_handler_stalls_total", kind::counter,
      "Times that events waited and nothing would have sent them. Not 0: a fault of gatehouse.");
  add_by_handler(out, all, [](const auto& target) { return target.stalls; });
}

using by_handler = std::map<std::string_view, delivery::target_counters>;

void add_up(delivery::target_counters& sum, const delivery::target_counters& part) {
  sum.latency.add(part.latency);
  sum.request_time.add(part.request_time);
  for (std::size_t i = 0; i < sum.answers.size(); ++i) sum.answers[i] += part.answers[i];
}

void add_answers(metric_text& out, const by_handler& by_url) {
  static constexpr std::array names{"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
  out.family("gatehouse_handler_answers_total", kind::counter,
             "Answers of a handler, by class of status; none: its connection ended, or it took too "
             "long.");
  for (const auto& [url, sum] : by_url) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      out.sample({{"url", url}, {"code", names[i]}}, sum.answers[i]);
    }
  }
}

/// By URL alone: workers times buckets would be many, and a handler is slow for all of them.
void add_latency(metric_text& out, const workers& all, bool has_streams) {
  static const auto bounds = [] {
    std::array<double, delivery::latency_histogram::bounds.size()> result{};
    std::transform(delivery::latency_histogram::bounds.begin(),
                   delivery::latency_histogram::bounds.end(), result.begin(), seconds);
    return result;
  }();
  by_handler by_url;
  for (const auto& worker : all) {
    for (const auto& target : worker->delivery.targets) add_up(by_url[target.url], target);
  }
  const auto add = [&](auto member) {
    for (const auto& [url, sum] : by_url) {
      const delivery::latency_histogram& shown = sum.*member;
      out.histogram({"url", url}, bounds, shown.by_bucket(), shown.sum_seconds());
    }
  };
  out.family("gatehouse_delivery_latency_seconds", kind::histogram,
             "From the read of an event from Discord to the answer that accepted it, in seconds.");
  add(&delivery::target_counters::latency);
  out.family("gatehouse_handler_request_seconds", kind::histogram,
             "From a request that is sent to its answer, in seconds.");
  add(&delivery::target_counters::request_time);
  add_answers(out, by_url);
  if (!has_streams) return;
  std::erase_if(by_url, [](const auto& each) { return !each.first.starts_with("jetstream:"); });
  out.family("gatehouse_nats_ack_seconds", kind::histogram,
             "From a publish to the answer of its stream, in seconds.");
  add(&delivery::target_counters::request_time);
}

/// One family with a sample for each worker.
template <class Value>
void add_by_worker(metric_text& out, const workers& all, Value&& value) {
  for (const auto& worker : all) {
    out.sample({{"worker", std::to_string(worker->worker_id)}}, value(*worker));
  }
}

void add_queues(metric_text& out, const workers& all) {
  out.family("gatehouse_worker_cpu_seconds_total", kind::counter,
             "Processor time of a worker's thread, in seconds.");
  add_by_worker(out, all, [](const auto& worker) { return worker.cpu_seconds; });
  out.family("gatehouse_queue_bytes", kind::gauge, "Memory taken by undelivered events, in bytes.");
  add_by_worker(out, all, [](const auto& worker) { return worker.delivery.bytes; });
  out.family("gatehouse_queue_limit_bytes", kind::gauge,
             "Most that they may take, in bytes: queue.memory_mb.");
  add_by_worker(out, all, [](const auto& worker) { return worker.delivery.limit_bytes; });
  out.family("gatehouse_queue_spooled_events", kind::gauge, "Events that are on disk only.");
  add_by_worker(out, all,
                [](const auto& worker) { return std::uint64_t{worker.delivery.spooled}; });
}

void add_interactions(metric_text& out, const workers& all) {
  interactions::statistics sum;
  std::uint64_t finished = 0;
  for (const auto& worker : all) {
    const auto& part = worker->interactions;
    for (std::size_t i = 0; i < sum.answered.size(); ++i) sum.answered[i] += part.answered[i];
    sum.already_acknowledged += part.already_acknowledged;
    sum.unknown += part.unknown;
    sum.failed += part.failed;
    finished += worker->delivery.answered_finally;
  }
  out.family("gatehouse_interactions_answered_total", kind::counter,
             "Interactions answered in their handler's place, by callback type.");
  for (const std::size_t type : {4U, 5U, 6U, 8U}) {
    out.sample({{"callback_type", std::to_string(type)}}, sum.answered[type]);
  }
  out.family("gatehouse_interactions_unanswered_total", kind::counter,
             "Interactions that were to be answered and were not.");
  out.sample({{"reason", "already_acknowledged"}}, sum.already_acknowledged);
  out.sample({{"reason", "too_late"}}, sum.unknown);
  out.sample({{"reason", "failed"}}, sum.failed);
  out.family("gatehouse_interactions_finished_total", kind::counter,
             "Interactions answered for good in their handler's place: not delivered any more.");
  out.sample(finished);
}

void add_spool(metric_text& out, const storage::spool& spool) {
  const auto usage = spool.usage();
  out.family("gatehouse_spool_bytes", kind::gauge, "Disk taken by undelivered events, in bytes.");
  out.sample(usage.bytes);
  out.family("gatehouse_spool_limit_bytes", kind::gauge,
             "Most that they may take, in bytes: queue.spool_mb.");
  out.sample(usage.limit_bytes);
  out.family("gatehouse_spool_events", kind::gauge, "Events on disk, copies included.");
  out.sample(usage.events);
  out.family("gatehouse_spool_working", kind::gauge, "0 while the disk takes no events.");
  out.sample(std::uint64_t{usage.is_working ? 1U : 0U});
  out.family("gatehouse_spool_write_failures_total", kind::counter,
             "Writes to the spool that failed.");
  out.sample(usage.write_failures);
  out.family("gatehouse_spool_lost_events_total", kind::counter,
             "Events lost with a damaged file.");
  out.sample(usage.lost_events);
}

void add_storage(metric_text& out, const storage::persistence& kept) {
  out.family("gatehouse_state_usable", kind::gauge, "0: state.dir cannot be used.");
  out.sample(std::uint64_t{kept.sessions() != nullptr ? 1U : 0U});
  if (const auto* spool = kept.spool()) add_spool(out, *spool);
  if (const auto* sessions = kept.sessions()) {
    out.family("gatehouse_session_save_failures_total", kind::counter,
               "Failed writes of session positions.");
    out.sample(sessions->failures());
  }
  if (const auto* letters = kept.dead_letters()) {
    const auto usage = letters->usage();
    out.family("gatehouse_dead_letters_on_disk", kind::gauge,
               "Refused events that wait for a replay or a purge.");
    out.sample(usage.letters);
    out.family("gatehouse_dead_letters_written_total", kind::counter, "Refused events set aside.");
    out.sample(usage.written);
    out.family("gatehouse_dead_letters_lost_total", kind::counter,
               "Refused events not written, or dropped to make room.");
    out.sample(usage.lost);
  }
}

std::string compose(const metrics_sources& sources) {
  metric_text out;
  add_build(out, sources.version);
  const auto all = sources.workers.read();
  add_shards(out, all);
  add_events(out, all);
  add_handlers(out, all);
  add_latency(out, all, sources.streams != nullptr);
  add_queues(out, all);
  add_interactions(out, all);
  add_storage(out, sources.persistence);
  const auto manager = sources.workers.manager();
  add_manager(out, manager);
  if (manager.fleet) add_fleet(out, *manager.fleet);
  auto requests = manager.rest;
  for (const auto& worker : all) requests.add(worker->rest);
  add_rest(out, requests);
  if (sources.daemon) add_daemon(out, sources.daemon());
  if (sources.decisions != nullptr) add_controllers(out, *sources.decisions);
  if (sources.streams != nullptr) add_streams(out, *sources.streams);
  add_process(out, telemetry::read_process());
  return out.take();
}

}  // namespace

void add_metrics_route(std::vector<route>& rows, metrics_sources sources) {
  rows.push_back(
      {"GET", "/metrics", access::open, answer_with([sources = std::move(sources)](const request&) {
         return response{.body = compose(sources),
                         .content_type = "text/plain; version=0.0.4; charset=utf-8"};
       })});
}

}  // namespace gatehouse::admin
