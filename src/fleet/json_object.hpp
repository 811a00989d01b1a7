#pragma once

#include <gatehouse/fleet/records.hpp>
#include <gatehouse/telemetry/text.hpp>

#include <string>
#include <string_view>

/// How records and messages are written.
namespace gatehouse::fleet {

/// Composes one object; `end` closes it.
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

inline void write(json_object& into, const identity& who) {
  into.text("member", who.member);
  into.number("incarnation", who.incarnation);
}

inline void write(json_object& into, const granted_leave& leave) {
  into.number("shard", leave.shard_id);
  write(into, leave.asker);
  into.number("epoch", leave.epoch);
  into.number("number", leave.number);
}

}  // namespace gatehouse::fleet
