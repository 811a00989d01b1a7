#include "append.hpp"

#include <gatehouse/sim/statistics.hpp>

#include <algorithm>

namespace gatehouse::sim {

std::string_view to_string(violation_kind kind) noexcept {
  switch (kind) {
    case violation_kind::identify_rate:
      return "identify_rate";
    case violation_kind::session_start_limit:
      return "session_start_limit";
    case violation_kind::send_rate:
      return "send_rate";
    case violation_kind::payload_size:
      return "payload_size";
    case violation_kind::decode:
      return "decode";
    case violation_kind::unknown_opcode:
      return "unknown_opcode";
    case violation_kind::not_authenticated:
      return "not_authenticated";
    case violation_kind::authentication_failed:
      return "authentication_failed";
    case violation_kind::already_authenticated:
      return "already_authenticated";
    case violation_kind::invalid_seq:
      return "invalid_seq";
    case violation_kind::missed_heartbeat:
      return "missed_heartbeat";
    case violation_kind::invalid_shard:
      return "invalid_shard";
    case violation_kind::sharding_required:
      return "sharding_required";
    case violation_kind::invalid_version:
      return "invalid_version";
    case violation_kind::invalid_intents:
      return "invalid_intents";
    case violation_kind::disallowed_intents:
      return "disallowed_intents";
    case violation_kind::presence_rate:
      return "presence_rate";
    case violation_kind::after_invalid_session:
      return "after_invalid_session";
    case violation_kind::malformed_id:
      return "malformed_id";
    case violation_kind::websocket:
      return "websocket";
    case violation_kind::slow_reader:
      return "slow_reader";
    case violation_kind::callback:
      return "callback";
  }
  return "unknown";
}

std::size_t statistics::violation_count(violation_kind kind) const noexcept {
  return static_cast<std::size_t>(
      std::count_if(violations.begin(), violations.end(),
                    [kind](const violation& entry) { return entry.kind == kind; }));
}

std::size_t statistics::connected_sessions() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(sessions.begin(), sessions.end(),
                    [](const session_statistics& session) { return session.connected; }));
}

namespace {

void append_session(std::string& out, const session_statistics& session) {
  append(out, R"({"session_id":)", json_string(session.session_id), R"(,"shard":[)",
         session.shard_id, ",", session.shard_count, R"(],"connected":)",
         json_bool(session.connected), R"(,"seq":)", session.seq, R"(,"events":)", session.events,
         R"(,"heartbeats":)", session.heartbeats, "}");
}

void append_shard(std::string& out, const shard_presence& seen) {
  append(out, R"({"shard":[)", seen.shard_id, ",", seen.shard_count, R"(],"live_sessions":)",
         seen.live_sessions, R"(,"most_live_sessions":)", seen.most_live_sessions,
         R"(,"longest_gap_ms":)", seen.longest_gap.count(), R"(,"away_ms":)", seen.away.count(),
         "}");
}

void append_violation(std::string& out, const violation& entry) {
  append(out, R"({"kind":")", to_string(entry.kind), R"(","shard":)",
         entry.shard_id ? std::to_string(*entry.shard_id) : "null", R"(,"text":)",
         json_string(entry.text), "}");
}

template <typename Items, typename Append>
void append_list(std::string& out, const Items& items, Append&& append_item) {
  out += '[';
  for (const auto& item : items) {
    if (out.back() != '[') out += ',';
    append_item(out, item);
  }
  out += ']';
}

}  // namespace

std::string to_json(const statistics& numbers) {
  std::string out;
  append(out, R"({"connections":)", numbers.connections, R"(,"open_connections":)",
         numbers.open_connections, R"(,"identifies":)", numbers.identifies_accepted,
         R"(,"resumes":)", numbers.resumes_accepted, R"(,"resumes_refused":)",
         numbers.resumes_refused, R"(,"session_starts_remaining":)",
         numbers.session_starts_remaining, R"(,"heartbeats":)", numbers.heartbeats, R"(,"events":)",
         numbers.events, R"(,"replayed":)", numbers.replayed, R"(,"bytes_written":)",
         numbers.bytes_written, R"(,"flood_remaining":)", numbers.flood_remaining,
         R"(,"faults_struck":)", numbers.faults_struck, R"(,"gateway_bot_requests":)",
         numbers.gateway_bot_requests, R"(,"commands":)", numbers.commands.size(),
         R"(,"callbacks":)", numbers.callbacks.size(), R"(,"client_closes":{)");
  for (const auto& [code, count] : numbers.client_closes) {
    append(out, out.back() == '{' ? "" : ",", "\"", code, "\":", count);
  }
  append(out, R"(},"violations":)");
  append_list(out, numbers.violations, append_violation);
  append(out, R"(,"sessions":)");
  append_list(out, numbers.sessions, append_session);
  append(out, R"(,"shards":)");
  append_list(out, numbers.shards, append_shard);
  out += '}';
  return out;
}

}  // namespace gatehouse::sim
