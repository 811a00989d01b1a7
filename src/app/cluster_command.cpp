#include "json_reading.hpp"
#include "remote_session.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <string>

namespace gatehouse::app {
namespace {

namespace dom = simdjson::dom;

struct member_row {
  std::string name;
  std::string state;
  std::int64_t shards = 0;
  std::int64_t silent_for_ms = 0;
  bool is_coordinator = false;
};

constexpr std::int64_t worth_telling_ms = 2'000;

void print_members(dom::element answer, std::ostream& out) {
  std::vector<member_row> rows;
  std::size_t width = 0;
  for_each(answer["members"], [&](dom::element each) {
    auto& row = rows.emplace_back();
    read(each, "name", row.name);
    read(each, "state", row.state);
    read(each, "shards", row.shards);
    read(each, "silentForMs", row.silent_for_ms);
    read(each, "isCoordinator", row.is_coordinator);
    width = std::max(width, row.name.size());
  });
  constexpr int state_width = 9;
  for (const auto& row : rows) {
    out << "  " << std::left << std::setw(static_cast<int>(width)) << row.name << "  "
        << std::setw(state_width) << row.state << ' ' << row.shards << " shards";
    if (row.is_coordinator) out << ", coordinator";
    if (row.silent_for_ms >= worth_telling_ms) {
      out << ", silent for " << row.silent_for_ms / 1'000 << " s";
    }
    out << '\n';
  }
}

/// Shards that the plan gives to nobody.
std::int64_t count_homeless(dom::element answer) {
  std::int64_t homeless = 0;
  for_each(answer["shards"], [&](dom::element each) {
    std::string member;
    read(each, "member", member);
    if (member.empty()) ++homeless;
  });
  return homeless;
}

void print(dom::element answer, std::ostream& out) {
  std::string name;
  std::string member;
  std::string state;
  std::string contact;
  std::int64_t total = 0;
  std::int64_t revision = 0;
  read(answer, "name", name);
  read(answer, "member", member);
  read(answer, "state", state);
  read(answer, "contact", contact);
  read(answer, "totalShards", total);
  read(answer, "planRevision", revision);
  out << "fleet " << name << ", as member " << member << " sees it: " << state << ", contact to "
      << "NATS " << contact << '\n';
  out << total << " shards, plan " << revision << '\n';
  print_members(answer, out);
  if (const auto homeless = count_homeless(answer); homeless > 0) {
    out << homeless << " shards have no member: nobody has room for them (cluster.max_shards)\n";
  }
  dom::element engine;
  if (answer["engine"].get(engine) != simdjson::SUCCESS) return;
  bool is_connected = false;
  std::string server;
  std::string error;
  read(engine, "connected", is_connected);
  read(engine, "server", server);
  read(engine, "lastError", error);
  out << "NATS: " << (is_connected ? "connected to " + server : "not connected: " + error) << '\n';
}

}  // namespace

int run_cluster(const cluster_command& asked, const console& on) {
  return with_daemon(asked.access, on, [&](admin_client& client) -> int {
    const auto body = client.get("/cluster");
    if (asked.is_json) {
      on.out << body << '\n';
      return stopped_as_asked;
    }
    dom::parser parser;
    const dom::element answer = parse_answer(parser, body);
    bool is_member = false;
    read(answer, "enabled", is_member);
    if (is_member) {
      print(answer, on.out);
    } else {
      on.out << "this daemon holds its shards alone: cluster.enabled is false\n";
    }
    return stopped_as_asked;
  });
}

}  // namespace gatehouse::app
