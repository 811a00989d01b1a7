#include "json_object.hpp"

#include <gatehouse/fleet/records.hpp>

#include <cstddef>

namespace gatehouse::fleet {
namespace {

void write_numbers(json_object& into, std::string_view key,
                   const std::map<std::string, std::uint64_t>& numbers) {
  json_object object{into.name(key)};
  for (const auto& [name, number] : numbers) object.number(name, number);
  object.end();
}

/// Thousands of shards with few owners: a run of shards with one owner is one entry.
void write_owners(std::string& out, const std::vector<std::string>& owners) {
  struct run {
    std::string_view member;
    std::size_t count;
  };
  std::vector<run> runs;
  for (const auto& owner : owners) {
    if (runs.empty() || runs.back().member != owner) runs.push_back({owner, 0});
    ++runs.back().count;
  }
  write_list(out, runs, [&out](const run& each) {
    out += '[';
    telemetry::append_json_string(out, each.member);
    out += ',' + std::to_string(each.count) + ']';
  });
}

void write(json_object& into, const coordinator_record& value) {
  write(into, value.holder);
  into.number("term", value.term);
}

void write(json_object& into, const member_record& value) {
  into.number("incarnation", value.incarnation);
  into.text("process", value.process);
  into.text("version", value.version);
  constexpr std::string_view states[] = {"joining", "ready", "draining"};
  into.text("state", states[static_cast<std::size_t>(value.state)]);
}

void write(json_object& into, const plan_record& value) {
  into.number("term", value.term);
  into.text("fingerprint", value.fingerprint);
  write_owners(into.name("owners"), value.owners);
  write_numbers(into, "seen", value.seen);
  write_numbers(into, "dead", value.dead);
  write_numbers(into, "evicted", value.evicted);
}

void write(json_object& into, const own_record& value) {
  write(into, value.owner);
  into.number("epoch", value.epoch);
  into.text("state", value.state == own_state::owned ? "owned" : "released");
  if (value.session) {
    json_object session{into.name("session")};
    session.text("id", value.session->id);
    session.text("resumeUrl", value.session->resume_url);
    session.number("intents", value.session->intents);
    session.number("seq", value.session->seq);
    session.number("number", value.session->number);
    session.end();
  }
  auto& out = into.name("unreleased");
  write_list(out, value.unreleased, [&out](const identity& who) {
    json_object object{out};
    write(object, who);
    object.end();
  });
}

void write(json_object& into, const position_record& value) {
  auto& out = into.name("positions");
  write_list(out, value.positions, [&out](const shard_position& each) {
    out += '[' + std::to_string(each.shard_id) + ',' + std::to_string(each.epoch) + ',' +
           std::to_string(each.seq) + ',' + std::to_string(each.session) + ']';
  });
}

void write(json_object& into, const gate_record& value) {
  into.number("term", value.term);
  into.number("granted", value.granted);
  auto& out = into.name("last");
  write_list(out, value.last, [&out](const granted_leave& each) {
    json_object object{out};
    write(object, each);
    object.end();
  });
}

}  // namespace

std::string to_text(const record& value) {
  std::string out;
  json_object object{out};
  object.number("schema", record_schema);
  std::visit([&object](const auto& content) { write(object, content); }, value);
  object.end();
  return out;
}

}  // namespace gatehouse::fleet
