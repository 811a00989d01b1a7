#include "body_reader.hpp"
#include "request_text.hpp"
#include "routes.hpp"

#include <gatehouse/delivery/event_tail.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gatehouse::admin {
namespace {

using boost::asio::awaitable;
using delivery::event_tail;

/// How long an answer waits for the first event, and how often it looks.
constexpr runtime::seconds longest_wait{5};
constexpr runtime::milliseconds look_interval{50};
constexpr int most_shards = 1 << 20;

void read_names(simdjson::dom::element from, body_reader& body, std::vector<std::string>& into) {
  constexpr std::string_view allowed = "an array of event names";
  simdjson::dom::array names;
  if (from.get(names) != simdjson::SUCCESS) return body.fail("events", allowed);
  for (const auto each : names) {
    std::string_view name;
    if (each.get(name) != simdjson::SUCCESS) return body.fail("events", allowed);
    into.emplace_back(name);
  }
}

/// Of no use after a failure, which the reader has noted.
delivery::tail_wish read_wish(body_reader& body) {
  body.allow_only({"events", "shardId", "guildId", "payload"});
  delivery::tail_wish wish;
  for (const auto [key, value] : body.members()) {
    if (key == "events") read_names(value, body, wish.events);
  }
  const auto shard = body.integer("shardId", -1, most_shards, -1);
  if (shard >= 0) wish.shard_id = static_cast<int>(shard);
  wish.guild_id = body.snowflake("guildId");
  wish.has_payload = body.flag("payload", false);
  return wish;
}

response open(event_tail& tail, const request& asked) {
  body_reader body{asked.body};
  auto wish = read_wish(body);
  if (body.failed()) return error_response(400, body.error());
  const auto reader = tail.open(std::move(wish), runtime::clock::now());
  if (!reader) {
    return error_response(
        429, "there are " + std::to_string(event_tail::most_readers) + " readers already");
  }
  json_writer out;
  out.begin_object().member("reader", std::to_string(*reader)).end_object();
  return {.status = 201, .body = out.take()};
}

void append_event(json_writer& out, const delivery::tailed_event& event) {
  out.begin_object()
      .member("unixMs", event.unix_ms)
      .member("event", event.type)
      .member("shardId", event.shard_id);
  if (event.guild_id != 0) out.member("guildId", std::to_string(event.guild_id));
  out.member("eventId", event.event_id)
      .member("url", event.url)
      .member("attempts", event.attempts)
      .member("ageMs", event.age)
      .member("bytes", event.bytes);
  if (!event.payload.empty()) out.member("payload", event.payload);
  out.end_object();
}

response answer(const event_tail::excerpt& found) {
  json_writer out;
  out.begin_object().member("skipped", found.skipped).key("events").begin_array();
  for (const auto& event : found.events) append_event(out, event);
  out.end_array().end_object();
  return {.body = out.take()};
}

/// Waits for something to tell, but not for long: an answer without events is a good one.
awaitable<response> read(event_tail& tail, std::uint64_t reader) {
  boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
  const auto deadline = runtime::clock::now() + longest_wait;
  for (;;) {
    const auto now = runtime::clock::now();
    const auto found = tail.take(reader, now);
    if (!found) co_return error_response(404, "there is no such reader any more");
    if (!found->events.empty() || found->skipped > 0 || now >= deadline) co_return answer(*found);
    timer.expires_after(look_interval);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

/// Of a path; 0 is no reader's number.
std::uint64_t reader_of(const request& asked) {
  return parse_number<std::uint64_t>(asked.parameters.front()).value_or(0);
}

}  // namespace

void add_tail_routes(std::vector<route>& rows, const control_sources& sources) {
  auto& tail = sources.metrics.tail();
  rows.push_back({"POST", "/tail", access::authorized,
                  answer_with([&tail](const request& asked) { return open(tail, asked); })});
  rows.push_back({"GET", "/tail/{reader}", access::authorized,
                  [&tail](const request& asked) { return read(tail, reader_of(asked)); }});
  rows.push_back(
      {"DELETE", "/tail/{reader}", access::authorized, answer_with([&tail](const request& asked) {
         tail.close(reader_of(asked));
         return response{.body = "{}"};
       })});
}

}  // namespace gatehouse::admin
