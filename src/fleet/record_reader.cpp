#include "json_reading.hpp"

#include <gatehouse/fleet/records.hpp>

namespace gatehouse::fleet {
namespace {

using fleet::read;

/// Nobody has more: keeps a bad record from asking for all memory.
constexpr std::size_t most_shards = 1'000'000;

void read_numbers(const dom::object& from, std::string_view key,
                  std::map<std::string, std::uint64_t>& into) {
  for (const auto entry : object_of(member_of(from, key), key)) {
    if (!is_member_name(entry.key)) reject(std::string{key} + " names no member");
    into[std::string{entry.key}] = number_of<std::uint64_t>(entry.value, key);
  }
}

void read_owners(const dom::object& from, std::vector<std::string>& into) {
  for (const auto entry : array_of(member_of(from, "owners"), "owners")) {
    const auto run = array_of(entry, "an entry of owners");
    if (run.size() != 2) reject("an entry of owners is not a member and a count");
    std::string_view text;
    const bool is_nobody = run.at(0).get_string().get(text) == SUCCESS && text.empty();
    const std::string owner = is_nobody ? "" : name_of(run.at(0).value_unsafe(), "an owner");
    const int count = number_of<int>(run.at(1).value_unsafe(), "a count of owners", 1);
    if (into.size() + static_cast<std::size_t>(count) > most_shards) reject("too many shards");
    into.insert(into.end(), static_cast<std::size_t>(count), owner);
  }
}

void read(const dom::object& from, coordinator_record& into) {
  read(from, into.holder);
  read(from, "term", into.term, std::uint64_t{1});
}

void read(const dom::object& from, member_record& into) {
  read(from, "incarnation", into.incarnation, std::uint64_t{1});
  read(from, "process", into.process);
  read(from, "version", into.version);
  read(from, "state", into.state);
}

void read(const dom::object& from, plan_record& into) {
  read(from, "term", into.term, std::uint64_t{1});
  read(from, "fingerprint", into.fingerprint);
  read_owners(from, into.owners);
  read_numbers(from, "seen", into.seen);
  read_numbers(from, "dead", into.dead);
  read_numbers(from, "evicted", into.evicted);
}

session_record session_of(const dom::element& element) {
  const auto from = object_of(element, "session");
  session_record session;
  read(from, "id", session.id);
  read(from, "resumeUrl", session.resume_url);
  read(from, "intents", session.intents);
  read(from, "seq", session.seq);
  read(from, "number", session.number);
  if (session.id.empty()) reject("the session's id is empty");
  return session;
}

void read(const dom::object& from, own_record& into) {
  read(from, into.owner);
  read(from, "epoch", into.epoch, std::uint64_t{1});
  std::string state;
  read(from, "state", state);
  if (state != "owned" && state != "released") reject("state is neither owned nor released");
  into.state = state == "owned" ? own_state::owned : own_state::released;
  dom::element session;
  if (from.at_key("session").get(session) == SUCCESS) into.session = session_of(session);
  for (const auto entry : array_of(member_of(from, "unreleased"), "unreleased")) {
    read(object_of(entry, "an entry of unreleased"), into.unreleased.emplace_back());
  }
}

void read(const dom::object& from, position_record& into) {
  for (const auto entry : array_of(member_of(from, "positions"), "positions")) {
    const auto each = array_of(entry, "a position");
    if (each.size() != 4) reject("a position is not shard, epoch, seq and session");
    into.positions.push_back(
        {number_of<int>(each.at(0).value_unsafe(), "a position's shard"),
         number_of<std::uint64_t>(each.at(1).value_unsafe(), "a position's epoch", 1),
         number_of<std::int64_t>(each.at(2).value_unsafe(), "a position's seq"),
         number_of<std::uint64_t>(each.at(3).value_unsafe(), "a position's session")});
  }
}

void read(const dom::object& from, gate_record& into) {
  read(from, "term", into.term, std::uint64_t{1});
  read(from, "granted", into.granted);
  for (const auto entry : array_of(member_of(from, "last"), "last")) {
    read(object_of(entry, "an entry of last"), into.last.emplace_back());
  }
}

record empty_record(std::string_view key) {
  if (key == coordinator_key) return coordinator_record{};
  if (key == plan_key) return plan_record{};
  if (key == gate_key) return gate_record{};
  if (key.starts_with("member.")) return member_record{};
  if (key.starts_with("own.")) return own_record{};
  if (key.starts_with("pos.")) return position_record{};
  reject("no record has this key");
}

}  // namespace

boost::system::result<record, std::string> read_record(std::string_view key,
                                                       std::string_view text) try {
  dom::parser parser;
  const dom::object object = open(parser, text);
  record result = empty_record(key);
  std::visit([&object](auto& content) { read(object, content); }, result);
  return result;
} catch (const bad_record& bad) {
  return bad.what;
}

}  // namespace gatehouse::fleet
