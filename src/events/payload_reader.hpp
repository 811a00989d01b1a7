#pragma once

#include <gatehouse/gateway/raw_json.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::events {

namespace ondemand = simdjson::ondemand;

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

/// Reads the few dispatches that the pipeline has to understand.
class payload_reader {
 public:
  /// Walks the keys of `d`. `payload` is a whole dispatch followed by gateway::parse_padding
  /// readable bytes. False when it has no object `d`, or something was malformed.
  template <class Visitor>
  bool read_data(std::string_view payload, Visitor&& visit) {
    ondemand::document document;
    bool is_read = false;
    if (parser_.begin(payload, document)) {
      ondemand::object data;
      is_read = !document["d"].get_object().get(data) && read_object(data, visit);
    }
    parser_.finish();
    return is_read;
  }

 private:
  /// Messages are smaller; only the guilds of a start are not, and they come once.
  static constexpr std::size_t kept_capacity = std::size_t{256} << 10;

  gateway::padded_parser parser_{kept_capacity};
};

}  // namespace gatehouse::events
