#include <gatehouse/delivery/request_encoder.hpp>
#include <gatehouse/delivery/stream_message.hpp>

#include <optional>
#include <utility>

namespace gatehouse::delivery {

namespace {

bool is_token_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

}  // namespace

conclusion judge(const nats::failure& why) {
  constexpr verdict down{decision::retry, true, std::nullopt};
  std::string text{to_string(why.what)};
  if (!why.text.empty()) text.append(": ").append(why.text);
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
  for (const char c : event_name) made.subject += is_token_character(c) ? c : '_';
  if (event_name.empty()) made.subject += '_';
  made.payload = event.body();
  auto id = event_id(event);
  made.headers = {{"Nats-Msg-Id", id}, {"Gatehouse-Event-Id", id}};
  if (event.guild_id != 0) {
    made.headers.push_back({"Gatehouse-Guild-Id", std::to_string(event.guild_id)});
  }
  made.headers.push_back({"Gatehouse-Attempt", std::to_string(event.attempts)});
  if (event.deferred != 0) {
    made.headers.push_back({"Gatehouse-Deferred", std::to_string(event.deferred)});
  }
  made.headers.push_back({"Gatehouse-Received", std::to_string(received_unix_ms)});
  return made;
}

}  // namespace gatehouse::delivery
