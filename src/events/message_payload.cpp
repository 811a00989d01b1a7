#include "message_payload.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

namespace gatehouse::events {
namespace {

/// Never 0, which means "not known".
std::uint32_t fold(std::size_t hash) noexcept {
  const auto folded = static_cast<std::uint32_t>(hash ^ (hash >> 32U));
  return folded == 0 ? 1 : folded;
}

std::uint32_t hash_text(std::string_view text) noexcept {
  return fold(std::hash<std::string_view>{}(text));
}

/// One text of an instant per millisecond: what Discord writes ("2026-01-31T12:00:00.766195+00:00")
/// with exactly three digits of the fraction. Only compared, so the calendar does not matter.
bool hash_timestamp(std::string_view text, std::uint32_t& out) {
  constexpr std::size_t seconds_length = 19;
  constexpr std::size_t fraction_length = 3;
  constexpr std::size_t longest_zone = 6;
  if (text.size() < seconds_length) return false;
  std::string_view rest = text.substr(seconds_length);
  std::array<char, seconds_length + fraction_length + longest_zone> normal{};
  auto* end = std::copy_n(text.data(), seconds_length, normal.data());
  std::string_view fraction;
  if (rest.starts_with('.')) {
    const std::size_t digits_end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    fraction = rest.substr(1, std::min(digits_end - 1, fraction_length));
    rest.remove_prefix(digits_end);
  }
  if (rest.size() > longest_zone) return false;
  end = std::copy(fraction.begin(), fraction.end(), end);
  end = std::fill_n(end, fraction_length - fraction.size(), '0');
  end = std::copy(rest.begin(), rest.end(), end);
  out = hash_text({normal.data(), static_cast<std::size_t>(end - normal.data())});
  return true;
}

bool read_timestamp(ondemand::value value, std::uint32_t& out) {
  bool is_null = false;
  if (value.is_null().get(is_null)) return false;
  if (is_null) {
    out = hash_text("null");
    return true;
  }
  std::string_view text;
  return gateway::read_raw_string(value, text) && hash_timestamp(text, out);
}

bool read_text(ondemand::value value, std::uint32_t& out) {
  std::string_view text;
  if (!gateway::read_raw_string(value, text)) return false;
  out = hash_text(text);
  return true;
}

/// Kept readable below an upper bit that says "known": the flags are looked at.
bool read_flags(ondemand::value value, std::uint32_t& out) {
  std::uint64_t flags = 0;
  if (value.get_uint64().get(flags)) return false;
  out = static_cast<std::uint32_t>(flags) | (std::uint32_t{1} << 31U);
  return true;
}

bool read_bool(ondemand::value value, std::uint32_t& out) {
  bool flag = false;
  if (value.get_bool().get(flag)) return false;
  out = flag ? 2 : 1;
  return true;
}

/// By its raw text. A media item of a component that Discord has resolved meanwhile changes it;
/// that update is forwarded.
bool read_components(ondemand::value value, std::uint32_t& out) {
  ondemand::array components;
  std::string_view text;
  if (value.get_array().get(components) || components.raw_json().get(text)) return false;
  out = hash_text(gateway::trimmed(text));
  return true;
}

/// By ids, names and sizes: their URLs are signed anew (`?ex=…&is=…&hm=…`) and may differ between
/// two copies of a message that nobody has touched.
bool read_attachments(ondemand::value value, std::uint32_t& out) {
  ondemand::array attachments;
  if (value.get_array().get(attachments)) return false;
  std::size_t mixed = 1;
  for (auto element : attachments) {
    ondemand::object attachment;
    if (element.get_object().get(attachment)) return false;
    std::array<std::size_t, 3> facts{};
    const auto visit = [&](ondemand::raw_json_string key, ondemand::value field) {
      const std::size_t place = key == "id" ? 0 : key == "filename" ? 1 : key == "size" ? 2 : 3;
      if (place < facts.size()) {
        facts.at(place) = std::hash<std::string_view>{}(gateway::trimmed(field.raw_json_token()));
      }
      return reading::go_on;
    };
    if (!read_object(attachment, visit)) return false;
    for (const std::size_t fact : facts) mixed = (mixed ^ fact) * 0x9E3779B97F4A7C15U;
  }
  out = fold(mixed);
  return true;
}

/// Collects the facts key by key.
class collector {
 public:
  collector(message_facts& out, message_kind kind, const message_memory& asked_next) noexcept
      : out_(out), kind_(kind), asked_next_(asked_next) {}

  reading operator()(ondemand::raw_json_string key, ondemand::value value) {
    if (!read(key, value)) return reading::malformed;
    // Of a new message the parts and the id are all there is to know.
    return kind_ == message_kind::create && found_ == wanted ? reading::stop : reading::go_on;
  }

 private:
  static constexpr std::size_t wanted = 7;
  using part_reader = bool (*)(ondemand::value, std::uint32_t&);

  bool read(ondemand::raw_json_string key, ondemand::value value) {
    switch (*key.raw()) {
      case 'a':
        return key != "attachments" || take(value, message_part::attachments, read_attachments);
      case 'c':
        if (key == "content") return take(value, message_part::content, read_text);
        return key != "components" || take(value, message_part::components, read_components);
      case 'e':
        if (key == "embeds") out_.has_embeds = true;
        return key != "edited_timestamp" ||
               take(value, message_part::edited_timestamp, read_timestamp);
      case 'f':
        return key != "flags" || take(value, message_part::flags, read_flags);
      case 'i':
        return key != "id" || take_id(value);
      case 'p':
        if (key == "pinned") return take(value, message_part::pinned, read_bool);
        return key != "poll" || take_poll(value);
      default:
        return true;
    }
  }

  bool take(ondemand::value value, message_part part, part_reader reader) {
    ++found_;
    return reader(value, out_.parts[part]);
  }

  bool take_id(ondemand::value value) {
    ++found_;
    if (!read_id(value, out_.id)) return false;
    asked_next_.prefetch(out_.id);
    return true;
  }

  bool take_poll(ondemand::value value) {
    bool is_null = false;
    if (value.is_null().get(is_null)) return false;
    out_.has_poll = !is_null;
    return true;
  }

  message_facts& out_;
  message_kind kind_;
  const message_memory& asked_next_;
  std::size_t found_ = 0;
};

}  // namespace

bool read_message(gateway::padded_parser& payload, message_kind kind,
                  const message_memory& asked_next, message_facts& out) {
  out = {};
  return read_data(payload, collector{out, kind, asked_next}) && out.id != 0;
}

}  // namespace gatehouse::events
