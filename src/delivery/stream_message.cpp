#include <gatehouse/delivery/request_encoder.hpp>
#include <gatehouse/delivery/stream_message.hpp>

#include <optional>
#include <utility>

namespace gatehouse::delivery {

namespace {

/// A server ends a connection whose line with the subject is longer than 4 KiB.
constexpr std::size_t longest_name = 128;

bool is_token_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

}  // namespace

conclusion judge(const nats::failure& why) {
  constexpr verdict down{decision::retry, true, std::nullopt};
  std::string text = to_text(why);
  switch (why.what) {
    case nats::errc::too_large:
      return {{decision::refused, false, std::nullopt}, true, why.status, std::move(text)};
    case nats::errc::refused:
    case nats::errc::wrong_revision:
    case nats::errc::not_found:
      if (why.status >= 400 && why.status < 500) {
        return {{decision::refused, false, std::nullopt}, false, why.status, std::move(text)};
      }
      return {down, false, why.status, std::move(text)};
    case nats::errc::in_progress:
      // This event alone has to wait: the stream serves others.
      return {{decision::retry, false, std::nullopt}, false, why.status, std::move(text)};
    case nats::errc::no_responders:
    case nats::errc::timed_out:
    case nats::errc::full:
    case nats::errc::not_connected:
      break;
  }
  return {down, false, why.status, std::move(text)};
}

nats::message message_of(const events::event& event, std::string_view event_name,
                         const std::string& base_subject, std::int64_t received_unix_ms) {
  nats::message made;
  made.subject = base_subject + "." + std::to_string(event.shard_id()) + ".";
  for (const char c : event_name.substr(0, longest_name)) {
    made.subject += is_token_character(c) ? c : '_';
  }
  if (event_name.empty()) made.subject += '_';
  made.payload = event.body();
  made.headers.reserve(7);
  const auto say = [&](std::string_view name, std::string value) {
    made.headers.push_back({std::string{name}, std::move(value)});
  };
  auto id = event_id(event);
  say("Gatehouse-Event-Id", id);
  say("Nats-Msg-Id", std::move(id));
  if (event.guild_id != 0) say("Gatehouse-Guild-Id", std::to_string(event.guild_id));
  if (const int total = event.session->total_shards(); total > 0) {
    say("Gatehouse-Total-Shards", std::to_string(total));
  }
  say("Gatehouse-Attempt", std::to_string(event.attempts));
  if (event.deferred != 0) say("Gatehouse-Deferred", std::to_string(event.deferred));
  say("Gatehouse-Received", std::to_string(received_unix_ms));
  return made;
}

}  // namespace gatehouse::delivery
