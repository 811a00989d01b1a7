#include <gatehouse/events/content_key.hpp>
#include <gatehouse/events/edited_messages.hpp>
#include <gatehouse/events/pipeline.hpp>

#include <simdjson.h>

#include <array>
#include <fuzz_input.hpp>
#include <received_dispatch.hpp>
#include <vector>

// The first byte: the settings. Then dispatches, a line each: the name's number, then `d`. They go
// through the pipeline, and through what a reshard asks of a payload.

namespace gatehouse::events {
namespace {

using fuzz::require;
using test::received_dispatch;

constexpr std::array names{"READY",         "GUILD_CREATE",       "GUILD_DELETE",
                           "GUILD_UPDATE",  "MESSAGE_CREATE",     "MESSAGE_UPDATE",
                           "THREAD_CREATE", "INTERACTION_CREATE", "PRESENCE_UPDATE"};

class checking_sink final : public event_sink {
 public:
  void accept(event_ptr accepted) override {
    ++accepted_;
    last_ = std::move(accepted);
  }
  [[nodiscard]] bool congested(int /*shard_id*/) noexcept override { return false; }
  [[nodiscard]] bool has_url(std::string_view /*url*/) const override { return false; }
  int accepted_ = 0;
  event_ptr last_;
};

std::string quoted(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out{'"'};
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && c != '"' && c != '\\') {
      out += c;
      continue;
    }
    out += "\\u00";
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out += '"';
}

/// The same content written in another way: keys in the opposite order, no white space.
void rewrite(const simdjson::dom::element& from, std::string& out) {
  if (simdjson::dom::object object; !from.get(object)) {
    std::vector<std::string> members;
    for (const auto field : object) {
      std::string member = quoted(field.key) + ':';
      rewrite(field.value, member);
      members.push_back(std::move(member));
    }
    out += '{';
    for (auto member = members.rbegin(); member != members.rend(); ++member) {
      if (member != members.rbegin()) out += ',';
      out += *member;
    }
    out += '}';
  } else if (simdjson::dom::array array; !from.get(array)) {
    out += '[';
    bool is_first = true;
    for (const auto element : array) {
      if (!std::exchange(is_first, false)) out += ',';
      rewrite(element, out);
    }
    out += ']';
  } else {
    out += simdjson::minify(from);
  }
}

/// Whatever order its encoder chooses, a payload has one key.
void compare_meaning(std::string_view d) {
  simdjson::dom::parser strict;
  simdjson::dom::element root;
  if (strict.parse(d.data(), d.size()).get(root) != simdjson::SUCCESS) return;
  std::string again;
  rewrite(root, again);
  const received_dispatch other{"PRESENCE_UPDATE", 1, again};
  const received_dispatch same{"PRESENCE_UPDATE", 1, d};
  require(content_key_of(other.view()) == content_key_of(same.view()),
          "the order of keys and the white space do not count");
}

void handle(std::string_view name, std::int64_t seq, std::string_view d, pipeline& tested,
            checking_sink& sink, const session_log_ptr& session, edited_messages& messages) {
  std::unique_ptr<received_dispatch> received;
  try {
    received = std::make_unique<received_dispatch>(name, seq, d);
  } catch (const std::invalid_argument&) {
    return;
  }
  const auto& view = received->view();
  require(content_key_of(view) == content_key_of(view), "a payload has one key");
  const int before = sink.accepted_;
  tested.handle(session, view, runtime::time_point{std::chrono::hours{seq}});
  require(sink.accepted_ <= before + 1, "one event of one dispatch");
  messages.on_create(view.indexed, {});
  static_cast<void>(messages.on_update(view.indexed, {}));
  compare_meaning(d);
}

}  // namespace
}  // namespace gatehouse::events

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::events;
  gatehouse::fuzz::input in{data, size};
  gatehouse::config::event_settings settings;
  const unsigned how = in.byte();
  settings.guild_create = (how & 1U) != 0 ? gatehouse::config::guild_create_mode::loaded_dd
                                          : gatehouse::config::guild_create_mode::raw;
  event_type_registry registry;
  event_pool pool;
  checking_sink sink;
  pipeline tested{settings, registry, pool, sink};
  edited_messages messages{std::chrono::minutes{1}};
  {
    const session_log_ptr session{new session_log{3, "session", 0}};
    for (std::int64_t seq = 1; seq < 64 && !in.empty(); ++seq) {
      const auto name = names.at(in.below(names.size()));
      handle(name, seq, in.line(), tested, sink, session, messages);
    }
    sink.last_.reset();
  }
  return 0;
}
