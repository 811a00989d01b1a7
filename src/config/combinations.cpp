#include "combinations.hpp"

#include <gatehouse/address/url.hpp>
#include <gatehouse/config/definition.hpp>
#include <gatehouse/config/listen_address.hpp>

#include <algorithm>
#include <map>

namespace gatehouse::config {
namespace {

std::string on_line(position at) {
  const std::string number = std::to_string(at.line);
  return at.is_assignment ? "(--set number " + number + ")" : "(line " + number + ")";
}

bool before(position a, position b) {
  if (a.is_assignment != b.is_assignment) return b.is_assignment;
  return a.line != b.line ? a.line < b.line : a.column < b.column;
}

position table_position(const reading& in, std::string_view section) {
  const auto found = in.tables.find(section);
  return found == in.tables.end() ? position{} : found->second;
}

void require_keys(reading& in) {
  for (const auto& row : definitions()) {
    if (!row.required || row.section() == route_section || in.has(row.key)) continue;
    in.report(table_position(in, row.section()), row.key,
              "is required, for example " + std::string(row.example));
  }
}

void check_token(reading& in) {
  const auto token = in.marks.find("discord.token");
  const auto file = in.marks.find("discord.token_file");
  const bool has_token = token != in.marks.end();
  const bool has_file = file != in.marks.end();
  if (!has_token && !has_file) {
    in.report(table_position(in, "discord"), "discord.token",
              "is required; set discord.token or discord.token_file");
  }
  if (!has_token || !has_file) return;
  const position at_token = token->second.front().at;
  const position at_file = file->second.front().at;
  const bool file_is_later = before(at_token, at_file);
  in.report(
      file_is_later ? at_file : at_token, file_is_later ? "discord.token_file" : "discord.token",
      std::string("is set besides ") + (file_is_later ? "discord.token " : "discord.token_file ") +
          on_line(file_is_later ? at_token : at_file) + "; only one of them is allowed");
}

void check_shard_range(reading& in) {
  const auto& gateway = in.values.gateway;
  const auto* const first = in.valid("gateway.first_shard_id");
  const auto* const last = in.valid("gateway.last_shard_id");
  const bool range_known = in.known("gateway.first_shard_id") && in.known("gateway.last_shard_id");
  const bool has_last = gateway.last_shard_id >= 0;
  if (range_known && has_last && gateway.first_shard_id > gateway.last_shard_id) {
    in.report(last->at, "gateway.last_shard_id",
              "is " + std::to_string(gateway.last_shard_id) +
                  "; allowed: -1, or at least gateway.first_shard_id, which is " +
                  std::to_string(gateway.first_shard_id));
  }
  if (!in.known("gateway.total_shards") || gateway.total_shards == 0) return;
  const std::string limit =
      "less than gateway.total_shards, which is " + std::to_string(gateway.total_shards);
  if (last != nullptr && gateway.last_shard_id >= gateway.total_shards) {
    in.report(last->at, "gateway.last_shard_id",
              "is " + std::to_string(gateway.last_shard_id) + "; allowed: -1, or " + limit);
  }
  if (first != nullptr && gateway.first_shard_id >= gateway.total_shards) {
    in.report(first->at, "gateway.first_shard_id",
              "is " + std::to_string(gateway.first_shard_id) + "; allowed: " + limit);
  }
}

void check_event_filters(reading& in) {
  const auto* const only = in.valid("events.only");
  const auto* const drop = in.valid("events.drop");
  if (only == nullptr || drop == nullptr) return;
  const auto& wanted = in.values.events.only;
  for (std::size_t i = 0; i < drop->elements.size(); ++i) {
    const auto same = std::ranges::find(wanted, in.values.events.drop[i]);
    if (same == wanted.end()) continue;
    const auto where = only->elements[static_cast<std::size_t>(same - wanted.begin())];
    in.report(drop->elements[i], "events.drop",
              "names an event that events.only names too " + on_line(where) +
                  "; allowed: one of the two");
  }
}

void check_routes(reading& in) {
  const auto found = in.marks.find("events.route.events");
  if (found == in.marks.end()) return;
  const auto& marks = found->second;
  const auto& routes = in.values.events.routes;
  const bool complete = marks.size() == routes.size() && std::ranges::all_of(marks, &mark::valid);
  if (!complete) return;  // which names belong to which route is then uncertain
  std::map<std::string, std::size_t> owner;
  for (std::size_t route = 0; route < routes.size(); ++route) {
    for (std::size_t i = 0; i < routes[route].events.size(); ++i) {
      const auto [entry, fresh] = owner.try_emplace(routes[route].events[i], route);
      if (fresh || entry->second == route) continue;
      in.report(marks[route].elements[i], "events.route.events",
                "names an event that another route names too " + on_line(marks[entry->second].at) +
                    "; allowed: one route per event");
    }
  }
}

void check_retry_waits(reading& in) {
  const auto& queue = in.values.queue;
  if (!in.known("queue.retry_initial_ms") || !in.known("queue.retry_max_ms")) return;
  if (queue.retry_initial <= queue.retry_max) return;
  const std::string initial = std::to_string(queue.retry_initial.count());
  const std::string longest = std::to_string(queue.retry_max.count());
  if (const auto* const set = in.valid("queue.retry_max_ms")) {
    in.report(set->at, "queue.retry_max_ms",
              "is " + longest + "; allowed: at least queue.retry_initial_ms, which is " + initial);
  } else {
    in.report(in.valid("queue.retry_initial_ms")->at, "queue.retry_initial_ms",
              "is " + initial + "; allowed: at most queue.retry_max_ms, which is " + longest);
  }
}

void check_admin(reading& in) {
  const auto* const listen = in.valid("admin.listen");
  // One that is set, but wrong, has been reported.
  if (listen == nullptr || in.has("admin.authorization")) return;
  if (!is_open_to_strangers(in.values.admin)) return;
  in.report(listen->at, "admin.listen",
            "is not a loopback address, and admin.authorization is not set; allowed: set it, or "
            "listen on 127.0.0.1, [::1] or localhost");
}

void check_certificates(reading& in) {
  const auto& handlers = in.values.handlers;
  const auto& admin = in.values.admin;
  check_pair(in, {"handlers.certificate_file", !handlers.certificate_file.empty()},
             {"handlers.key_file", !handlers.key_file.empty()});
  check_pair(in, {"admin.certificate_file", !admin.certificate_file.empty()},
             {"admin.key_file", !admin.key_file.empty()});
}

bool is_same_host(const listen_address& listen, const std::string& host) {
  if (listen.host == host) return true;
  const bool is_here = listen_address{.host = host}.is_loopback();
  return is_here && (listen.is_loopback() || listen.host == "0.0.0.0" || listen.host == "::");
}

/// The daemon would post to itself, and its answers would be taken for the handler's.
void check_own_port(reading& in, std::string_view key, const std::vector<std::string>& urls,
                    const std::vector<position>& places) {
  const auto listen = parse_listen_address(in.values.admin.listen);
  if (!listen || listen->port == 0 || urls.size() != places.size()) return;
  for (std::size_t i = 0; i < urls.size(); ++i) {
    const auto url = address::parse_url(urls[i]);
    if (!url || url->port != listen->port || !is_same_host(*listen, url->host)) continue;
    in.report(places[i], key,
              "is admin.listen, where gatehouse itself answers; allowed: another port for one of "
              "the two");
  }
}

void check_own_ports(reading& in) {
  if (!in.known("admin.listen")) return;
  if (const auto* const urls = in.valid("handlers.urls")) {
    check_own_port(in, "handlers.urls", in.values.handlers.urls, urls->elements);
  }
  const auto found = in.marks.find("events.route.urls");
  if (found == in.marks.end() || found->second.size() != in.values.events.routes.size()) return;
  for (std::size_t i = 0; i < found->second.size(); ++i) {
    check_own_port(in, "events.route.urls", in.values.events.routes[i].urls,
                   found->second[i].elements);
  }
}

}  // namespace

void check_pair(reading& in, const setting& one, const setting& other) {
  if (!in.known(one.key) || !in.known(other.key) || one.is_set == other.is_set) return;
  const auto& set = one.is_set ? one : other;
  const auto& missing = one.is_set ? other : one;
  in.report(in.valid(set.key)->at, set.key,
            "is set without " + std::string(missing.key) + "; allowed: both, or neither");
}

void check_combinations(reading& in) {
  require_keys(in);
  check_token(in);
  check_shard_range(in);
  check_event_filters(in);
  check_routes(in);
  check_retry_waits(in);
  check_admin(in);
  check_certificates(in);
  check_own_ports(in);
  check_nats(in);
  check_cluster(in);
}

}  // namespace gatehouse::config
