#pragma once

#include <simdjson.h>

#include <cstddef>
#include <string_view>

namespace gatehouse::events {

namespace ondemand = simdjson::ondemand;

/// A token's text reaches up to the next token, so it may end in white space.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
/// The text of a string between its quotes, escapes as they came.
[[nodiscard]] bool read_raw_string(ondemand::value value, std::string_view& out);
/// A snowflake in a string; 0: none.
[[nodiscard]] bool read_id(ondemand::value value, std::uint64_t& out);

/// What to do after a key.
enum class reading { go_on, stop, malformed };

/// Walks the keys of an object until one is malformed or enough was seen; true: nothing was
/// malformed. `visit(raw_json_string key, ondemand::value) -> reading`.
template <class Visitor>
bool read_object(ondemand::object object, Visitor&& visit) {
  for (auto result : object) {
    ondemand::field field;
    if (std::move(result).get(field)) return false;
    const reading then = visit(field.key(), field.value());
    if (then == reading::stop) return true;
    if (then == reading::malformed) return false;
  }
  return true;
}

/// Reads the few dispatches that the pipeline has to understand. Keeps its buffers from payload to
/// payload, except after a large one.
class payload_reader {
 public:
  /// Walks the keys of `d`. `payload` is a whole dispatch followed by gateway::parse_padding
  /// readable bytes. False when it has no object `d`, or something was malformed.
  template <class Visitor>
  bool read_data(std::string_view payload, Visitor&& visit) {
    ondemand::document document;
    bool is_read = false;
    if (begin(payload, document)) {
      ondemand::object data;
      is_read = !document["d"].get_object().get(data) && read_object(data, visit);
    }
    finish();
    return is_read;
  }

 private:
  bool begin(std::string_view payload, ondemand::document& document);
  void finish();

  ondemand::parser parser_;
};

}  // namespace gatehouse::events
