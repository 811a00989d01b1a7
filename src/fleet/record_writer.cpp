#include "json_writing.hpp"

#include <gatehouse/fleet/records.hpp>

#include <cstddef>

namespace gatehouse::fleet {
namespace {

void write_numbers(json_writer& into, std::string_view key,
                   const std::map<std::string, std::uint64_t>& numbers) {
  into.key(key).begin_object();
  for (const auto& [name, number] : numbers) into.foreign_key(name).value(number);
  into.end_object();
}

/// Each as an object of its own.
template <class List>
void write_list(json_writer& into, std::string_view key, const List& list) {
  into.key(key).begin_array();
  for (const auto& each : list) {
    into.begin_object();
    write(into, each);
    into.end_object();
  }
  into.end_array();
}

/// Thousands of shards with few owners: a run of shards with one owner is one entry.
void write_owners(json_writer& into, const std::vector<std::string>& owners) {
  struct run {
    std::string_view member;
    std::size_t count;
  };
  std::vector<run> runs;
  for (const auto& owner : owners) {
    if (runs.empty() || runs.back().member != owner) runs.push_back({owner, 0});
    ++runs.back().count;
  }
  into.key("owners").begin_array();
  for (const auto& each : runs) {
    into.begin_array().value(each.member).value(each.count).end_array();
  }
  into.end_array();
}

void write(json_writer& into, const coordinator_record& value) {
  write(into, value.holder);
  into.member("term", value.term);
}

void write(json_writer& into, const member_record& value) {
  into.member("incarnation", value.incarnation).member("process", value.process);
  into.member("version", value.version).member("state", to_string(value.state));
}

void write(json_writer& into, const plan_record& value) {
  into.member("term", value.term).member("fingerprint", value.fingerprint);
  write_owners(into, value.owners);
  write_numbers(into, "seen", value.seen);
  write_numbers(into, "dead", value.dead);
  write_numbers(into, "evicted", value.evicted);
}

void write(json_writer& into, const own_record& value) {
  write(into, value.owner);
  into.member("epoch", value.epoch);
  into.member("state", value.state == own_state::owned ? "owned" : "released");
  if (const auto& session = value.session) {
    into.key("session").begin_object().member("id", session->id);
    into.member("resumeUrl", session->resume_url).member("intents", session->intents);
    into.member("seq", session->seq).member("number", session->number).end_object();
  }
  write_list(into, "unreleased", value.unreleased);
}

void write(json_writer& into, const position_record& value) {
  into.key("positions").begin_array();
  for (const auto& each : value.positions) {
    into.begin_array().value(each.shard_id).value(each.epoch);
    into.value(each.seq).value(each.session).end_array();
  }
  into.end_array();
}

void write(json_writer& into, const gate_record& value) {
  into.member("term", value.term).member("granted", value.granted);
  write_list(into, "last", value.last);
}

}  // namespace

std::string to_text(const record& value) {
  json_writer out;
  out.begin_object().member("schema", record_schema);
  std::visit([&out](const auto& content) { write(out, content); }, value);
  return out.end_object().take();
}

}  // namespace gatehouse::fleet
