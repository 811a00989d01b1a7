#include "handler_request.hpp"

#include <charconv>

namespace gatehouse::sim {
namespace {

bool is_envelope_name(std::string_view name) noexcept {
  return name == "message" || name == "payload" || name == "data";
}

template <typename Number>
bool read_number(std::string_view& text, Number& out) noexcept {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), out);
  if (result.ec != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(result.ptr - text.data()));
  return true;
}

bool skip(std::string_view& text, std::string_view expected) noexcept {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

/// The usual body, byte for byte as the contract has it: nothing but the envelope needs a look.
bool read_single(std::string_view body, delivered_event& out) noexcept {
  if (!skip(body, R"({"shardId":)") || !read_number(body, out.shard_id) || !skip(body, R"(,")")) {
    return false;
  }
  const auto name_end = body.find('"');
  if (name_end == std::string_view::npos || !is_envelope_name(body.substr(0, name_end))) {
    return false;
  }
  body.remove_prefix(name_end);
  if (!skip(body, R"(":{)") || !body.ends_with("}}")) return false;
  out.message = {body.data() - 1, body.size()};
  return true;
}

void read_identity(const http_request& request, delivered_event& out) noexcept {
  out.event_id = request.header("x-gatehouse-event-id");
  auto attempt = request.header("x-gatehouse-attempt");
  if (!read_number(attempt, out.attempt)) out.attempt = 0;
}

}  // namespace

bool delivery_reader::read(const http_request& request, std::vector<delivered_event>& out) {
  out.clear();
  delivered_event single;
  if (!read_single(request.body, single)) return read_thoroughly(request, out);
  read_identity(request, single);
  out.push_back(single);
  return true;
}

bool delivery_reader::read_object(simdjson::ondemand::object object, delivered_event& out) {
  for (auto field : object) {
    std::string_view key;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
    simdjson::ondemand::value value;
    if (field.value().get(value) != simdjson::SUCCESS) return false;
    std::uint64_t number = 0;
    if (key == "shardId" && value.get(number) == simdjson::SUCCESS) {
      out.shard_id = static_cast<std::uint32_t>(number);
    } else if (key == "attempt" && value.get(number) == simdjson::SUCCESS) {
      out.attempt = static_cast<std::uint32_t>(number);
    } else if (key == "eventId") {
      if (value.get(out.event_id) != simdjson::SUCCESS) return false;
    } else if (is_envelope_name(key)) {
      simdjson::ondemand::object message;
      if (value.get_object().get(message) != simdjson::SUCCESS) return false;
      if (message.raw_json().get(out.message) != simdjson::SUCCESS) return false;
    }
  }
  return !out.message.empty();
}

bool delivery_reader::read_thoroughly(const http_request& request,
                                      std::vector<delivered_event>& out) {
  padded_ = simdjson::padded_string(request.body);
  simdjson::ondemand::document document;
  if (parser_.iterate(padded_).get(document) != simdjson::SUCCESS) return false;
  simdjson::ondemand::json_type type{};
  if (document.type().get(type) != simdjson::SUCCESS) return false;
  if (type == simdjson::ondemand::json_type::object) {
    simdjson::ondemand::object object;
    delivered_event single;
    read_identity(request, single);
    if (document.get_object().get(object) != simdjson::SUCCESS) return false;
    if (!read_object(object, single)) return false;
    out.push_back(single);
    return true;
  }
  simdjson::ondemand::array array;
  if (document.get_array().get(array) != simdjson::SUCCESS) return false;
  for (auto element : array) {
    simdjson::ondemand::object object;
    delivered_event event;
    if (element.get_object().get(object) != simdjson::SUCCESS) return false;
    if (!read_object(object, event)) return false;
    out.push_back(event);
  }
  return true;
}

std::string_view event_type_of(std::string_view message) noexcept {
  constexpr std::string_view key = R"("t":")";
  const auto place = message.find(key);
  if (place == std::string_view::npos) return {};
  const auto rest = message.substr(place + key.size());
  const auto end = rest.find('"');
  return end == std::string_view::npos ? std::string_view{} : rest.substr(0, end);
}

}  // namespace gatehouse::sim
