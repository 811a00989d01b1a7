#include "intents_reader.hpp"

#include <gatehouse/config/intents.hpp>
#include <gatehouse/config/suggestion.hpp>

namespace gatehouse::config {
namespace {

std::vector<std::string_view> all_names() {
  std::vector<std::string_view> names;
  for (const auto& entry : known_intents()) names.push_back(entry.name);
  return names;
}

std::string unknown_name(std::string_view written, const toml::node& node) {
  const auto names = all_names();
  const auto word = quoted_word(node);
  std::string text = word ? "is " + *word + ", which is not an intent" : "is not an intent";
  if (const auto near = nearest(written, names); !near.empty()) {
    return text.append("; did you mean \"").append(near).append("\"?");
  }
  text += "; allowed: ";
  for (const auto name : names) text.append(name == names.front() ? "" : ", ").append(name);
  return text;
}

std::optional<value> read_number(reading& in, const toml::node& node, std::int64_t bits,
                                 std::string_view key) {
  const auto known = static_cast<std::int64_t>(known_intent_bits());
  if (bits >= 0 && (bits & ~known) == 0) return std::make_optional<value>(bits);
  in.report(position_of(node.source()), key,
            "has bits that are no intents; allowed: sums of known intents, at most " +
                std::to_string(known));
  return std::nullopt;
}

}  // namespace

std::optional<value> read_intents(reading& in, const toml::node& node, std::string_view key) {
  if (const auto* const number = node.as_integer()) {
    return read_number(in, node, number->get(), key);
  }
  const auto* const array = node.as_array();
  if (array == nullptr) {
    in.report(position_of(node.source()), key,
              wrong_type("an array of intent names or an integer", node));
    return std::nullopt;
  }
  std::uint64_t bits = 0;
  bool valid = true;
  for (const auto& element : *array) {
    const auto name = read_string(in, element, key);
    const auto bit = name ? intent_bit(*name) : std::nullopt;
    if (name && !bit) in.report(position_of(element.source()), key, unknown_name(*name, element));
    valid = valid && bit.has_value();
    bits |= bit.value_or(0);
  }
  if (!valid) return std::nullopt;
  return std::make_optional<value>(static_cast<std::int64_t>(bits));
}

}  // namespace gatehouse::config
