#pragma once

#include <gatehouse/telemetry/text.hpp>

#include <chrono>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::telemetry {

/// Composes one JSON text from front to back and sets the commas. Keys must need no escapes.
class json_writer {
 public:
  json_writer& begin_object() { return open('{'); }
  json_writer& end_object() { return close('}'); }
  json_writer& begin_array() { return open('['); }
  json_writer& end_array() { return close(']'); }

  json_writer& key(std::string_view name) {
    separate();
    text_.append("\"").append(name).append("\":");
    after_value_ = false;
    return *this;
  }
  /// A key that may hold anything.
  json_writer& foreign_key(std::string_view name) {
    value(name);
    text_ += ':';
    after_value_ = false;
    return *this;
  }
  /// `what` as `value` takes it.
  json_writer& member(std::string_view name, const auto& what) { return key(name).value(what); }

  json_writer& value(std::string_view what) {
    separate();
    append_json_string(text_, what);
    return *this;
  }
  json_writer& value(const char* what) { return value(std::string_view{what}); }
  json_writer& value(std::same_as<bool> auto what) { return raw(what ? "true" : "false"); }
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  json_writer& value(Number what) {
    return raw(std::to_string(what));
  }
  /// In milliseconds.
  template <class Rep, class Period>
  json_writer& value(std::chrono::duration<Rep, Period> what) {
    return value(std::chrono::duration_cast<std::chrono::milliseconds>(what).count());
  }
  /// Nothing is `null`.
  template <class T>
  json_writer& value(const std::optional<T>& what) {
    return what ? value(*what) : raw("null");
  }
  template <class T>
  json_writer& value(const std::vector<T>& all) {
    begin_array();
    for (const T& each : all) value(each);
    return end_array();
  }
  /// A value that is JSON already.
  json_writer& raw(std::string_view json) {
    separate();
    text_ += json;
    return *this;
  }

  [[nodiscard]] std::string take() noexcept { return std::move(text_); }

 private:
  json_writer& open(char bracket) {
    separate();
    text_ += bracket;
    after_value_ = false;
    return *this;
  }
  json_writer& close(char bracket) {
    text_ += bracket;
    after_value_ = true;
    return *this;
  }
  /// Before each value or key; what follows then is not the first any more.
  void separate() {
    if (after_value_) text_ += ',';
    after_value_ = true;
  }

  std::string text_;
  bool after_value_ = false;
};

}  // namespace gatehouse::telemetry
