#include "value_reader.hpp"

#include "event_names.hpp"
#include "file_text.hpp"
#include "intents_reader.hpp"
#include "presence_reader.hpp"
#include "substitution.hpp"
#include "text_rules.hpp"

#include <gatehouse/config/suggestion.hpp>

#include <algorithm>

namespace gatehouse::config {
namespace {

constexpr std::size_t longest_token_file = 4'096;

std::string length_violation(const definition& row, std::size_t size, std::string_view noun) {
  const auto count = static_cast<std::int64_t>(size);
  if (count >= row.least && count <= row.most) return {};
  return std::string("has ")
             .append(std::to_string(size))
             .append(" ")
             .append(noun)
             .append("; allowed: ") +
         std::to_string(row.least) + " to " + std::to_string(row.most);
}

/// Mistakes that make a secret out of something that is none.
std::string secret_violation(std::string_view written, std::string_view text) {
  if (names_variable_without_braces(written)) {
    return "is a variable without braces: write ${NAME}";
  }
  if (text == hidden) return "is <hidden>, as check prints it: put the secret itself here";
  return {};
}

/// What is wrong with one string by its row.
std::string text_violation(const definition& row, std::string_view text) {
  if (text.empty()) {
    if (row.may_be_empty) return {};
    return row.secret ? "is empty; leave the key out if there is none" : "is empty";
  }
  if (auto wrong = violation(row.rule, text); !wrong.empty()) return wrong;
  return row.type == value_type::text ? length_violation(row, text.size(), "bytes") : std::string{};
}

std::optional<std::string> read_checked(reading& in, const toml::node& node,
                                        const definition& row) {
  auto text = read_string(in, node, row.key);
  if (!text) return std::nullopt;
  const auto at = position_of(node.source());
  auto wrong = row.secret ? secret_violation(node.ref<std::string>(), *text) : std::string{};
  if (wrong.empty()) wrong = text_violation(row, *text);
  if (wrong.empty() && row.rule == text_rule::event_name) {
    auto [error, warning] = judge_event_name(*text);
    wrong = std::move(error);
    if (!warning.empty()) in.warn(at, row.key, std::move(warning));
  }
  if (!wrong.empty()) {
    in.report(at, row.key, std::move(wrong));
    return std::nullopt;
  }
  if (row.rule == text_rule::rest_url) {  // paths are appended, each with its own slash
    while (text->ends_with('/')) text->pop_back();
  }
  return text;
}

std::optional<value> read_text(reading& in, const toml::node& node, const definition& row) {
  auto text = read_checked(in, node, row);
  if (!text) return std::nullopt;
  return std::make_optional<value>(std::move(*text));
}

std::optional<value> read_token_file(reading& in, const toml::node& node, const definition& row) {
  const auto path = read_checked(in, node, row);
  if (!path) return std::nullopt;
  const auto at = position_of(node.source());
  auto content = read_file(*path, longest_token_file);
  if (!content.error.empty()) {
    in.report(at, row.key, "names a file that cannot be read: " + content.error);
    return std::nullopt;
  }
  while (content.text.ends_with('\n') || content.text.ends_with('\r')) content.text.pop_back();
  const auto wrong =
      content.text.empty() ? "is empty" : violation(text_rule::bot_token, content.text);
  if (!wrong.empty()) {
    in.report(at, row.key, "names a file whose content " + wrong);
    return std::nullopt;
  }
  return std::make_optional<value>(std::move(content.text));
}

std::optional<value> read_boolean(reading& in, const toml::node& node, const definition& row) {
  if (const auto* const flag = node.as_boolean()) return std::make_optional<value>(flag->get());
  in.report(position_of(node.source()), row.key, wrong_type("true or false", node));
  return std::nullopt;
}

std::optional<value> read_integer(reading& in, const toml::node& node, const definition& row) {
  const auto* const number = node.as_integer();
  if (number == nullptr) {
    in.report(position_of(node.source()), row.key, wrong_type("an integer", node));
    return std::nullopt;
  }
  if (number->get() < row.least || number->get() > row.most) {
    in.report(position_of(node.source()), row.key,
              "is " + std::to_string(number->get()) + "; allowed: " + allowed_text(row));
    return std::nullopt;
  }
  return std::make_optional<value>(number->get());
}

std::optional<value> read_choice(reading& in, const toml::node& node, const definition& row) {
  auto text = read_string(in, node, row.key);
  if (!text) return std::nullopt;
  if (std::ranges::find(row.choices, *text) != row.choices.end())
    return std::make_optional<value>(std::move(*text));
  std::string wrong = "is " + quoted_word(node).value_or("none of its values");
  if (const auto near = nearest(*text, row.choices); !near.empty()) {
    wrong.append(" (did you mean \"").append(near).append("\"?)");
  }
  in.report(position_of(node.source()), row.key, wrong + "; allowed: " + allowed_text(row));
  return std::nullopt;
}

std::optional<value> read_list(reading& in, const toml::node& node, const definition& row) {
  const auto* const array = node.as_array();
  if (array == nullptr) {
    in.report(position_of(node.source()), row.key, wrong_type("an array of strings", node));
    return std::nullopt;
  }
  std::vector<std::string> list;
  for (const auto& element : *array) {
    if (auto text = read_checked(in, element, row)) list.push_back(std::move(*text));
  }
  if (auto wrong = length_violation(row, array->size(), "elements"); !wrong.empty()) {
    in.report(position_of(node.source()), row.key, std::move(wrong));
    return std::nullopt;
  }
  if (list.size() != array->size()) return std::nullopt;  // each element has been reported
  return std::make_optional<value>(std::move(list));
}

std::optional<value> read_value(reading& in, const toml::node& node, const definition& row) {
  switch (row.type) {
    case value_type::text:
      return row.key == "discord.token_file" ? read_token_file(in, node, row)
                                             : read_text(in, node, row);
    case value_type::boolean:
      return read_boolean(in, node, row);
    case value_type::integer:
      return read_integer(in, node, row);
    case value_type::choice:
      return read_choice(in, node, row);
    case value_type::text_list:
      return read_list(in, node, row);
    case value_type::intents:
      return read_intents(in, node, row.key);
    case value_type::presence:
      return read_presence(in, node, row.key);
  }
  return std::nullopt;
}

}  // namespace

void read_key(reading& in, const toml::node& node, const definition& row) {
  mark place{.at = position_of(node.source()), .elements = {}, .valid = false};
  if (const auto* const array = node.as_array()) {
    for (const auto& element : *array) place.elements.push_back(position_of(element.source()));
  }
  if (const auto what = read_value(in, node, row)) {
    row.access.store(in.values, *what);
    place.valid = true;
  }
  in.marks[std::string(row.key)].push_back(std::move(place));
}

}  // namespace gatehouse::config
