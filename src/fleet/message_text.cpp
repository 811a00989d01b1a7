#include "json_object.hpp"
#include "json_reading.hpp"

#include <gatehouse/fleet/messages.hpp>

#include <array>
#include <cstddef>

namespace gatehouse::fleet {
namespace {

using fleet::read;

/// Larger than any that a member sends.
constexpr std::size_t longest = 64UL * 1024;

/// In the order of `message`.
constexpr std::array<std::string_view, std::variant_size_v<message>> kinds{
    "heartbeat", "news", "leaveWanted", "leaveGiven", "leaveOver", "shardAwaited"};
constexpr std::array<std::string_view, 3> states{"joining", "ready", "draining"};

void write(json_object& into, const heartbeat& value) {
  write(into, value.from);
  into.text("process", value.process);
  into.text("state", states.at(static_cast<std::size_t>(value.state)));
  into.number("term", value.term);
  into.number("planRevision", value.plan_revision);
  into.name("settled") += value.is_settled ? "true" : "false";
  into.number("weight", value.weight);
  into.number("maxShards", value.max_shards);
  into.text("fingerprint", value.fingerprint);
}

void write(json_object& into, const news& value) {
  into.text("key", value.key);
  into.number("revision", value.revision);
}

void write(json_object& into, const leave_wanted& value) {
  write(into, granted_leave{value.shard_id, value.asker, value.epoch, value.number});
}

void write(json_object& into, const leave_given& value) {
  write(into, value.leave);
}

void write(json_object& into, const leave_over& value) {
  write(into, value.leave);
  into.name("sent") += value.was_sent ? "true" : "false";
}

void write(json_object& into, const shard_awaited& value) {
  into.number("shard", value.shard_id);
  write(into, value.owner);
}

void read(const dom::object& from, std::string_view key, bool& into) {
  if (member_of(from, key).get_bool().get(into) != SUCCESS) {
    reject(std::string{key} + " is neither true nor false");
  }
}

void read(const dom::object& from, heartbeat& into) {
  read(from, into.from);
  read(from, "process", into.process);
  std::string state;
  read(from, "state", state);
  std::size_t index = 0;
  while (index < states.size() && states.at(index) != state) ++index;
  if (index == states.size()) reject("state is none of joining, ready, draining");
  into.state = static_cast<member_state>(index);
  read(from, "term", into.term);
  read(from, "planRevision", into.plan_revision);
  read(from, "settled", into.is_settled);
  const bool is_weight =
      member_of(from, "weight").get_double().get(into.weight) == SUCCESS && into.weight > 0;
  if (!is_weight) reject("weight is not a number above 0");
  read(from, "maxShards", into.max_shards);
  read(from, "fingerprint", into.fingerprint);
}

void read(const dom::object& from, news& into) {
  read(from, "key", into.key);
  read(from, "revision", into.revision);
}

void read(const dom::object& from, leave_wanted& into) {
  granted_leave content;
  read(from, content);
  into = {content.shard_id, content.asker, content.epoch, content.number};
}

void read(const dom::object& from, leave_given& into) {
  read(from, into.leave);
}

void read(const dom::object& from, leave_over& into) {
  read(from, into.leave);
  read(from, "sent", into.was_sent);
}

void read(const dom::object& from, shard_awaited& into) {
  read(from, "shard", into.shard_id);
  read(from, into.owner);
}

template <std::size_t Index = 0>
message empty_message(std::string_view kind) {
  if constexpr (Index < kinds.size()) {
    if (kinds.at(Index) == kind) return message{std::in_place_index<Index>};
    return empty_message<Index + 1>(kind);
  } else {
    reject("no message is of this kind");
  }
}

}  // namespace

std::string to_text(const message& value) {
  std::string out;
  json_object object{out};
  object.number("schema", record_schema);
  object.text("kind", kinds.at(value.index()));
  std::visit([&object](const auto& content) { write(object, content); }, value);
  object.end();
  return out;
}

boost::system::result<message, std::string> read_message(std::string_view text) try {
  if (text.size() > longest) return std::string{"it is too long"};
  dom::parser parser;
  dom::object object;
  if (parser.parse(text.data(), text.size()).get_object().get(object) != SUCCESS) {
    return std::string{"it is not a JSON object"};
  }
  int schema = 0;
  read(object, "schema", schema, 1);
  if (schema > record_schema) {
    return "it has schema " + std::to_string(schema) + ", this version reads up to " +
           std::to_string(record_schema);
  }
  std::string kind;
  read(object, "kind", kind);
  message result = empty_message(kind);
  std::visit([&object](auto& content) { read(object, content); }, result);
  return result;
} catch (const bad_record& bad) {
  return bad.what;
}

}  // namespace gatehouse::fleet
