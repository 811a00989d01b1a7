#include "payloads.hpp"

#include <simdjson.h>

namespace gatehouse::gateway {

namespace {

namespace dom = simdjson::dom;

/// Parses a text of its own; empty unless it is an object.
class object_text {
 public:
  explicit object_text(std::string_view text) {
    dom::element root;
    dom::object object;
    if (!parser_.parse(text.data(), text.size()).get(root) && !root.get(object)) object_ = object;
  }

  [[nodiscard]] bool is_object() const noexcept { return object_.has_value(); }
  [[nodiscard]] bool has(std::string_view key) const {
    return object_ && !object_->at_key(key).error();
  }
  [[nodiscard]] std::string string(std::string_view key) const {
    std::string_view value;
    return object_ && !object_->at_key(key).get(value) ? std::string(value) : std::string();
  }
  [[nodiscard]] std::optional<double> number(std::string_view key) const {
    double value = 0;
    if (!object_ || object_->at_key(key).get(value)) return std::nullopt;
    return value;
  }

 private:
  dom::parser parser_;
  std::optional<dom::object> object_;
};

}  // namespace

std::optional<ready_fields> read_ready(std::string_view data) {
  const object_text ready{data};
  ready_fields fields{ready.string("session_id"), ready.string("resume_gateway_url")};
  if (fields.session_id.empty()) return std::nullopt;
  return fields;
}

std::optional<runtime::milliseconds> read_heartbeat_interval(std::string_view data) {
  const auto interval = object_text{data}.number("heartbeat_interval");
  if (!interval || *interval < static_cast<double>(shortest_heartbeat.count()) ||
      *interval > static_cast<double>(longest_heartbeat.count())) {
    return std::nullopt;
  }
  return runtime::milliseconds{static_cast<runtime::milliseconds::rep>(*interval)};
}

bool has_member(std::string_view text, std::string_view key) {
  return object_text{text}.has(key);
}

bool is_object(std::string_view text) {
  return object_text{text}.is_object();
}

std::string string_member(std::string_view text, std::string_view key) {
  return object_text{text}.string(key);
}

}  // namespace gatehouse::gateway
