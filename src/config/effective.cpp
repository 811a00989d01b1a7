#include "presence_text.hpp"

#include <gatehouse/config/definition.hpp>
#include <gatehouse/config/effective.hpp>
#include <gatehouse/config/intents.hpp>
#include <gatehouse/config/listen_address.hpp>

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

namespace gatehouse::config {
namespace {

bool is_empty(const value& what) {
  const auto* const text = std::get_if<std::string>(&what);
  return text != nullptr && text->empty();
}

std::vector<std::string> all_intent_names(const value& bits) {
  return intent_names(static_cast<std::uint64_t>(std::get<std::int64_t>(bits)));
}

/// Queries may hold a secret.
std::vector<std::string> without_queries(std::vector<std::string> urls) {
  for (auto& url : urls) {
    const auto query = url.find('?');
    if (query != std::string::npos) url.replace(query + 1, std::string::npos, hidden);
  }
  return urls;
}

std::string shown(const definition& row, const value& what) {
  if (row.secret) return to_toml(std::string{hidden});
  if (row.type == value_type::presence) return presence_toml(std::get<std::string>(what));
  if (row.rule == text_rule::handler_url) {
    return to_toml(without_queries(std::get<std::vector<std::string>>(what)));
  }
  if (row.type == value_type::intents) return to_toml(all_intent_names(what));
  return to_toml(what);
}

std::string section_lines(const settings& values, std::string_view section) {
  std::string out;
  for (const auto& row : definitions()) {
    if (row.section() != section) continue;
    const auto what = row.access.fetch(values);
    if (is_empty(what) && !row.has_default()) continue;  // an optional key that is not set
    out.append(row.leaf()).append(" = ").append(shown(row, what)).append("\n");
  }
  return out;
}

std::string route_tables(const settings& values) {
  std::string out;
  for (const auto& route : values.events.routes) {
    settings one;  // rows of a route mean the last one
    one.events.routes = {route};
    out.append("\n[[").append(route_section).append("]]\n");
    out += section_lines(one, route_section);
  }
  return out;
}

/// Whether the spool exists is settled at the start; its size is not.
bool starts_or_ends_spool(const settings& running, const settings& wanted) {
  return (running.queue.spool_bytes == 0) != (wanted.queue.spool_bytes == 0);
}

/// A stream of NATS is among the handlers.
bool has_stream(const settings& in) {
  const auto is_any = [](const std::vector<std::string>& urls) {
    return std::ranges::any_of(
        urls, [](const std::string& url) { return url.starts_with("jetstream:"); });
  };
  return is_any(in.handlers.urls) ||
         std::ranges::any_of(in.events.routes,
                             [&](const event_route& route) { return is_any(route.urls); });
}

}  // namespace

std::string effective_toml(const settings& values) {
  std::string out;
  for (const auto section : sections()) {
    if (section == route_section) {
      out += route_tables(values);
      continue;
    }
    out.append(out.empty() ? "[" : "\n[").append(section).append("]\n");
    out += section_lines(values, section);
  }
  return out;
}

std::string effective_json(const settings& values) {
  const toml::table table = toml::parse(effective_toml(values));
  std::ostringstream out;
  out << toml::json_formatter{table, toml::format_flags::none};
  return out.str();
}

difference compare(const settings& running, const settings& wanted) {
  difference result;
  for (const auto& row : definitions()) {
    if (row.section() == route_section) continue;
    if (row.access.fetch(running) == row.access.fetch(wanted)) continue;
    const bool is_reloadable =
        row.reloadable && !(row.key == "queue.spool_mb" && starts_or_ends_spool(running, wanted));
    (is_reloadable ? result.reloadable : result.needs_restart).emplace_back(row.key);
  }
  if (running.events.routes != wanted.events.routes) {
    result.reloadable.emplace_back(route_section);
  }
  return result;
}

settings merge(const settings& running, const settings& wanted) {
  settings result = running;
  for (const auto& row : definitions()) {
    if (row.section() == route_section || !row.reloadable) continue;
    row.access.store(result, row.access.fetch(wanted));
  }
  result.events.routes = wanted.events.routes;
  if (starts_or_ends_spool(running, wanted)) result.queue.spool_bytes = running.queue.spool_bytes;
  return result;
}

std::vector<std::string> check_merged(const settings& merged) {
  std::vector<std::string> problems;
  if (is_open_to_strangers(merged.admin)) {
    problems.push_back("admin.authorization: is needed as long as the admin port listens on " +
                       merged.admin.listen +
                       ", which is not a loopback address and which only a restart changes");
  }
  if (merged.nats.servers.empty() && has_stream(merged)) {
    problems.emplace_back(
        "nats.servers: is needed for a jetstream: handler, and only a restart changes it");
  }
  return problems;
}

}  // namespace gatehouse::config
