#include "json_meaning.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace gatehouse::events {
namespace {

constexpr std::array signed_hosts{std::string_view{"https://cdn.discordapp.com/"},
                                  std::string_view{"https://media.discordapp.net/"}};
/// When it expires, when it was issued, and the signature itself.
constexpr std::array signed_parameters{std::string_view{"ex"}, std::string_view{"is"},
                                       std::string_view{"hm"}};

bool is_signature(std::string_view parameter) noexcept {
  const auto name = parameter.substr(0, parameter.find('='));
  return std::find(signed_parameters.begin(), signed_parameters.end(), name) !=
         signed_parameters.end();
}

/// What kind of value it is counts, too.
enum class kind : std::uint64_t { object = 1, array, text, number, yes, no, nothing };

std::uint64_t of(kind what, std::uint64_t meaning = 0) noexcept {
  return mix(static_cast<std::uint64_t>(what), meaning);
}

/// Discord's payloads have a dozen levels. A peer's may have as many as it has bytes, and the stack
/// has not: what is deeper is not looked into.
constexpr int most_levels = 512;

bool hash_level(ondemand::value value, int level, std::uint64_t& out);

bool hash_object(ondemand::value value, int level, std::uint64_t& out) {
  ondemand::object object;
  if (value.get_object().get(object)) return false;
  std::uint64_t sum = 0;  // in whatever order
  for (auto result : object) {
    ondemand::field field;
    std::string_view key;
    std::uint64_t meaning = 0;
    if (std::move(result).get(field) || field.unescaped_key().get(key)) return false;
    const std::uint64_t name = hash(key);
    if (!hash_level(field.value(), level + 1, meaning)) return false;
    sum += mix(name, meaning);
  }
  out = of(kind::object, sum);
  return true;
}

bool hash_array(ondemand::value value, int level, std::uint64_t& out) {
  ondemand::array array;
  if (value.get_array().get(array)) return false;
  std::uint64_t mixed = 0;
  for (auto result : array) {
    ondemand::value element;
    std::uint64_t meaning = 0;
    if (result.get(element) || !hash_level(element, level + 1, meaning)) return false;
    mixed = mix(mixed, meaning);
  }
  out = of(kind::array, mixed);
  return true;
}

/// 1, 1.0 and 1e0 are one number.
bool hash_number(ondemand::value value, std::uint64_t& out) {
  const std::string_view written = gateway::trimmed(value.raw_json_token());
  ondemand::number number;
  if (value.get_number().get(number)) {
    out = of(kind::number, hash(written));  // larger than any that can be counted with
    return true;
  }
  constexpr double exact = 9'007'199'254'740'992.0;  // beyond, not every whole number is a double
  if (number.is_double()) {
    const double real = number.get_double();
    const bool is_whole = std::trunc(real) == real && std::abs(real) <= exact;
    out = of(kind::number, is_whole ? static_cast<std::uint64_t>(static_cast<std::int64_t>(real))
                                    : std::bit_cast<std::uint64_t>(real));
  } else {
    out = of(kind::number, number.is_int64() ? static_cast<std::uint64_t>(number.get_int64())
                                             : number.get_uint64());
  }
  return true;
}

bool hash_text(ondemand::value value, std::uint64_t& out) {
  std::string_view text;
  if (value.get_string().get(text)) return false;
  out = of(kind::text, hash_unsigned(text));
  return true;
}

bool hash_literal(ondemand::value value, std::uint64_t& out) {
  bool is_set = false;
  if (!value.get_bool().get(is_set)) {
    out = of(is_set ? kind::yes : kind::no);
    return true;
  }
  if (value.is_null().get(is_set) || !is_set) return false;
  out = of(kind::nothing);
  return true;
}

bool hash_level(ondemand::value value, int level, std::uint64_t& out) {
  if (level > most_levels) return false;
  ondemand::json_type type{};
  if (value.type().get(type)) return false;
  switch (type) {
    case ondemand::json_type::object:
      return hash_object(value, level, out);
    case ondemand::json_type::array:
      return hash_array(value, level, out);
    case ondemand::json_type::string:
      return hash_text(value, out);
    case ondemand::json_type::number:
      return hash_number(value, out);
    default:
      return hash_literal(value, out);
  }
}

}  // namespace

std::uint64_t hash_unsigned(std::string_view text) noexcept {
  const bool may_be_signed =
      std::any_of(signed_hosts.begin(), signed_hosts.end(),
                  [&](std::string_view host) { return text.starts_with(host); });
  const auto mark = may_be_signed ? text.find('?') : std::string_view::npos;
  if (mark == std::string_view::npos) return hash(text);
  std::uint64_t mixed = hash(text.substr(0, mark));
  std::string_view rest = text.substr(mark + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const std::string_view parameter = rest.substr(0, end);
    if (!parameter.empty() && !is_signature(parameter)) mixed = mix(mixed, hash(parameter));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return mixed;
}

bool hash_value(ondemand::value value, std::uint64_t& out) {
  return hash_level(value, 0, out);
}

}  // namespace gatehouse::events
