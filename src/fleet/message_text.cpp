#include "json_reading.hpp"
#include "json_writing.hpp"

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

void write(json_writer& into, const heartbeat& value) {
  write(into, value.from);
  into.member("process", value.process);
  into.member("state", to_string(value.state));
  into.member("term", value.term);
  into.member("planRevision", value.plan_revision);
  into.member("settled", value.is_settled);
  into.key("weight").raw(std::to_string(value.weight));
  into.member("maxShards", value.max_shards);
  into.member("fingerprint", value.fingerprint);
}

void write(json_writer& into, const news& value) {
  into.member("key", value.key);
  into.member("revision", value.revision);
}

void write(json_writer& into, const leave_wanted& value) {
  write(into, granted_leave{value.shard_id, value.asker, value.epoch, value.number});
}

void write(json_writer& into, const leave_given& value) {
  write(into, value.leave);
}

void write(json_writer& into, const leave_over& value) {
  write(into, value.leave);
  into.member("sent", value.was_sent);
}

void write(json_writer& into, const shard_awaited& value) {
  into.member("shard", value.shard_id);
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
  read(from, "state", into.state);
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
  json_writer out;
  out.begin_object().member("schema", record_schema).member("kind", kinds.at(value.index()));
  std::visit([&out](const auto& content) { write(out, content); }, value);
  return out.end_object().take();
}

boost::system::result<message, std::string> read_message(std::string_view text) try {
  if (text.size() > longest) return std::string{"it is too long"};
  dom::parser parser;
  const dom::object object = open(parser, text);
  std::string kind;
  read(object, "kind", kind);
  message result = empty_message(kind);
  std::visit([&object](auto& content) { read(object, content); }, result);
  return result;
} catch (const bad_record& bad) {
  return bad.what;
}

}  // namespace gatehouse::fleet
