#include "pipeline_parts.hpp"
#include "received_dispatch.hpp"

#include <gatehouse/events/content_key.hpp>
#include <gatehouse/events/edited_messages.hpp>
#include <gatehouse/events/pipeline.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::events {
namespace {

using test::received_dispatch;

constexpr std::array types{"READY",          "GUILD_CREATE",       "GUILD_DELETE", "MESSAGE_CREATE",
                           "MESSAGE_UPDATE", "INTERACTION_CREATE", "THREAD_CREATE"};

/// Malformed behind what the envelope is read for, so that it is a dispatch all the same.
constexpr std::array broken{
    R"({"id":"5","guild_id":"7","x" "unavailable":true,"content":"hi"})",
    R"({"guild_id":"7","x" "id":"5"})",
    R"({"id":"5","guild_id":"7","guilds":[{"id":"1"},{"x" "id":"2"}],"embeds":1 2})",
    R"({"id":"5","guild_id":"7","attachments":[{"id" 1}],"components":[,]})",
};

/// With `spaces` the payload counts as large, and has no index yet when it is read.
std::string payload_with(std::string_view type, std::string_view d, std::size_t spaces) {
  return payload_of(type, 1, std::string{d} + std::string(spaces, ' '));
}

template <class Reader>
void read_twice(Reader&& reader) {
  for (const std::size_t spaces : {std::size_t{0}, std::size_t{20'000}}) {
    for (const auto* type : types) {
      for (const auto* d : broken) {
        const std::string text = payload_with(type, d, spaces);
        std::unique_ptr<received_dispatch> received;
        try {
          received = std::make_unique<received_dispatch>(text);
        } catch (const std::invalid_argument&) {
          continue;  // malformed already where the envelope is read
        }
        reader(received->view());
        reader(received->view());
      }
    }
  }
}

TEST(malformed_payload, can_be_read_twice_for_its_key) {
  read_twice([](const dispatch& received) {
    EXPECT_EQ(content_key_of(received), content_key_of(received)) << received.payload;
  });
}

/// A reader that goes down with it would run out of stack.
TEST(malformed_payload, may_be_nested_however_deep) {
  constexpr std::size_t levels = 1'000'000;
  for (const char* open : {"[", "{\"a\":"}) {
    std::string d = R"({"guild_id":"7","a":)";
    for (std::size_t i = 0; i < levels; ++i) d += open;
    d += "1" + std::string(levels, *open == '[' ? ']' : '}') + "}";
    const received_dispatch received{payload_of("PRESENCE_UPDATE", 1, d)};
    EXPECT_EQ(content_key_of(received.view()), content_key_of(received.view()));
  }
}

TEST(malformed_payload, can_be_read_twice_as_a_message) {
  edited_messages messages{std::chrono::minutes{1}};
  read_twice([&](const dispatch& received) {
    messages.on_create(received.indexed, {});
    EXPECT_FALSE(messages.on_update(received.indexed, {})) << received.payload;
  });
}

TEST(malformed_payload, can_be_read_twice_by_the_pipeline) {
  event_type_registry registry;
  event_pool pool;
  collecting_sink sink;
  config::event_settings settings;
  settings.guild_create = config::guild_create_mode::raw;
  pipeline tested{settings, registry, pool, sink};
  int calls = 0;
  read_twice([&](const dispatch& received) {
    const session_log_ptr session{new session_log{3, "session", 0}};
    static_cast<void>(content_key_of(received));
    tested.handle(session, received, {});
    ++calls;
  });
  EXPECT_EQ(sink.events.size(), static_cast<std::size_t>(calls))
      << "each is forwarded all the same";
  sink.events.clear();
}

}  // namespace
}  // namespace gatehouse::events
