#pragma once

#include <gatehouse/fleet/records.hpp>

#include <simdjson.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// How records and messages are read: strictly. What makes no sense is thrown as `bad_record`.
namespace gatehouse::fleet {

namespace dom = simdjson::dom;
using simdjson::SUCCESS;

/// What is wrong, in words. Does not leave the readers.
struct bad_record {
  std::string what;
};
[[noreturn]] inline void reject(std::string what) {
  throw bad_record{std::move(what)};
}

template <class Number>
Number number_of(const dom::element& from, std::string_view name, Number least = 0) {
  std::int64_t value = 0;
  const auto limit = std::is_same_v<Number, int> ? std::int64_t{std::numeric_limits<int>::max()}
                                                 : std::numeric_limits<std::int64_t>::max();
  if (from.get_int64().get(value) != SUCCESS || value < static_cast<std::int64_t>(least) ||
      value > limit) {
    reject(std::string{name} + " is not a whole number from " + std::to_string(least));
  }
  return static_cast<Number>(value);
}

/// A member of an object that must be there.
inline dom::element member_of(const dom::object& from, std::string_view key) {
  dom::element found;
  if (from.at_key(key).get(found) != SUCCESS) reject(std::string{key} + " is missing");
  return found;
}

template <class Number>
void read(const dom::object& from, std::string_view key, Number& into, Number least = 0) {
  into = number_of<Number>(member_of(from, key), key, least);
}

inline void read(const dom::object& from, std::string_view key, std::string& into) {
  std::string_view text;
  if (member_of(from, key).get_string().get(text) != SUCCESS) {
    reject(std::string{key} + " is not text");
  }
  into = text;
}

inline void read(const dom::object& from, std::string_view key, member_state& into) {
  std::string text;
  read(from, key, text);
  auto index = static_cast<int>(member_state::first);
  while (to_string(static_cast<member_state>(index)) != text) {
    if (++index > static_cast<int>(member_state::last)) {
      reject(std::string{key} + " is none of joining, ready, draining");
    }
  }
  into = static_cast<member_state>(index);
}

inline std::string name_of(const dom::element& from, std::string_view key) {
  std::string_view text;
  if (from.get_string().get(text) != SUCCESS || !is_member_name(text)) {
    reject(std::string{key} + " is not a member's name");
  }
  return std::string{text};
}

inline dom::array array_of(const dom::element& from, std::string_view key) {
  dom::array found;
  if (from.get_array().get(found) != SUCCESS) reject(std::string{key} + " is not a list");
  return found;
}

inline dom::object object_of(const dom::element& from, std::string_view key) {
  dom::object found;
  if (from.get_object().get(found) != SUCCESS) reject(std::string{key} + " is not an object");
  return found;
}

/// Of a record or a message that this version can read. The object is valid as long as the parser.
inline dom::object open(dom::parser& parser, std::string_view text) {
  dom::object object;
  if (parser.parse(text.data(), text.size()).get_object().get(object) != SUCCESS) {
    reject("it is not a JSON object");
  }
  int schema = 0;
  read(object, "schema", schema, 1);
  if (schema > record_schema) {
    reject("it has schema " + std::to_string(schema) + ", this version reads up to " +
           std::to_string(record_schema));
  }
  return object;
}

inline void read(const dom::object& from, identity& into) {
  into.member = name_of(member_of(from, "member"), "member");
  read(from, "incarnation", into.incarnation, std::uint64_t{1});
}

inline void read(const dom::object& from, granted_leave& into) {
  read(from, "shard", into.shard_id);
  read(from, into.asker);
  read(from, "epoch", into.epoch, std::uint64_t{1});
  read(from, "number", into.number);
}

}  // namespace gatehouse::fleet
