#include <gatehouse/fleet/records.hpp>
#include <gatehouse/telemetry/text.hpp>

#include <cstddef>

namespace gatehouse::fleet {
namespace {

class json_object {
 public:
  explicit json_object(std::string& out) : out_(out) { out_ += '{'; }

  void text(std::string_view key, std::string_view value) {
    name(key);
    telemetry::append_json_string(out_, value);
  }
  template <class Number>
  void number(std::string_view key, Number value) {
    name(key);
    out_ += std::to_string(value);
  }
  std::string& name(std::string_view key) {
    if (!is_empty_) out_ += ',';
    is_empty_ = false;
    telemetry::append_json_string(out_, key);
    return out_ += ':';
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool is_empty_ = true;
};

template <class List, class Write>
void write_list(std::string& out, const List& list, Write write) {
  out += '[';
  bool is_first = true;
  for (const auto& each : list) {
    if (!is_first) out += ',';
    is_first = false;
    write(each);
  }
  out += ']';
}

void write(json_object& into, const identity& who) {
  into.text("member", who.member);
  into.number("incarnation", who.incarnation);
}

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
           std::to_string(each.seq) + ']';
  });
}

void write(json_object& into, const gate_record& value) {
  into.number("term", value.term);
  into.number("granted", value.granted);
  auto& out = into.name("last");
  write_list(out, value.last, [&out](const granted_leave& each) {
    json_object object{out};
    object.number("shard", each.shard_id);
    write(object, each.asker);
    object.number("epoch", each.epoch);
    object.number("number", each.number);
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
