#include "letter_sender.hpp"

#include "version.hpp"

#include <gatehouse/delivery/lane_scheduler.hpp>
#include <gatehouse/delivery/stream_message.hpp>
#include <gatehouse/runtime/wall_clock.hpp>

#include <boost/asio/co_spawn.hpp>

#include <charconv>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

namespace gatehouse::app {
namespace {

namespace asio = boost::asio;

/// The event that has become the letter, as far as a request tells of it. Its id is taken apart as
/// `delivery::event_id` puts it together.
events::event_ptr event_of(const storage::dead_letter& letter, const std::string& envelope,
                           events::event_pool& pool) {
  const auto colon = letter.event_id.rfind(':');
  std::int64_t seq = 0;  // and so it stays for one of gatehouse's own
  if (colon != std::string::npos) {
    std::from_chars(letter.event_id.data() + colon + 1,
                    letter.event_id.data() + letter.event_id.size(), seq);
  }
  auto event = pool.make(events::body_prefix(letter.shard_id, envelope), letter.payload);
  event->session = new events::session_log(letter.shard_id, letter.event_id.substr(0, colon), seq);
  event->seq = seq;
  event->attempts = letter.attempts + 1;
  event->deferred = static_cast<std::uint8_t>(letter.deferred);
  return event;
}

/// The request's head taken apart, but for the lines that `net::http_client` writes itself.
void add_headers(net::http_request& request, std::string_view head) {
  head.remove_prefix(head.find("\r\n") + 2);
  while (true) {
    const auto line = head.substr(0, head.find("\r\n"));
    if (line.empty()) return;
    const auto colon = line.find(": ");
    const auto name = line.substr(0, colon);
    if (name != "Host" && name != "Content-Length") {
      request.headers.emplace_back(name, line.substr(colon + 2));
    }
    head.remove_prefix(line.size() + 2);
  }
}

letter_answer judged(const net::http_result& result, const std::string& url) {
  if (!result) return {delivery::decision::retry, url, 0, result.error().message()};
  const int status = static_cast<int>(result->status);
  const auto retry_after = result->header("Retry-After").value_or("");
  const auto what = delivery::judge(status, retry_after, runtime::unix_seconds_now()).what;
  std::string text = "the handler answered with HTTP status " + std::to_string(status);
  if (what == delivery::decision::misconfigured) {
    text.append("; ").append(delivery::misconfiguration_hint(status));
  }
  return {what, url, status, std::move(text),
          result->body.substr(0, storage::dead_letter::longest_answer)};
}

}  // namespace

letter_sender::handler::handler(const net::url& to,
                                const delivery::request_encoder::options& chosen,
                                const net::tls_context& tls)
    : url(to), encoder(to, chosen), client(to, &tls) {}

letter_sender::letter_sender(const config::settings& settings)
    : settings_(settings.handlers),
      nats_(settings.nats),
      routing_(settings.handlers, settings.events.routes),
      tls_(settings.handlers.ca_file,
           net::client_identity{settings.handlers.certificate_file, settings.handlers.key_file}) {}

letter_answer letter_sender::send(const storage::dead_letter& letter) {
  const net::url& url = routing_.urls()[number_of(letter)];
  if (url.is_jetstream()) return publish(letter, url);
  handler& to = handler_of(letter);
  auto request = request_for(letter, to);
  const auto request_bytes = request.body.size();
  auto answer = judged(exchange(to, std::move(request)), to.url.to_string());
  answer.request_bytes = request_bytes;
  return answer;
}

std::uint16_t letter_sender::number_of(const storage::dead_letter& letter) const {
  return routing_.target_of(routing_.route_of(letter.type), letter.shard_id);
}

letter_answer letter_sender::publish(const storage::dead_letter& letter, const net::url& to) {
  if (!streams_) streams_.emplace(nats_);
  const auto event = event_of(letter, settings_.envelope, pool_);
  const auto message = delivery::message_of(*event, letter.type, to.target, letter.unix_ms);
  const auto got = streams_->publish(message);
  letter_answer answer{delivery::decision::delivered, to.to_string(), 0, "stored"};
  answer.request_bytes = message.payload.size();
  if (got) return answer;
  const auto judged = delivery::judge(got.error());
  answer.what = judged.judged.what;
  answer.status = judged.status;
  answer.text = judged.text;
  return answer;
}

letter_sender::handler& letter_sender::handler_of(const storage::dead_letter& letter) {
  const auto number = number_of(letter);
  const delivery::request_encoder::options options{.user_agent = user_agent,
                                                   .authorization = settings_.authorization,
                                                   .signing_secret = settings_.signing_secret,
                                                   .envelope = settings_.envelope,
                                                   .is_batched = settings_.batch_max_events > 1};
  return handlers_.try_emplace(number, routing_.urls()[number], options, tls_).first->second;
}

net::http_request letter_sender::request_for(const storage::dead_letter& letter, handler& to) {
  const auto event = event_of(letter, settings_.envelope, pool_);
  delivery::request single;
  single.events.push_back(*event);
  const auto pieces =
      to.encoder.encode(single, to.encoder.is_signing() ? runtime::unix_seconds_now() : 0);
  net::http_request request;
  request.method = "POST";
  request.target = to.url.target;
  add_headers(request, pieces.front());
  for (const auto piece : pieces.subspan(1)) request.body += piece;
  single.events.clear();
  return request;
}

net::http_result letter_sender::exchange(handler& with, net::http_request request) {
  std::optional<net::http_result> answer;
  const auto deadline = runtime::clock::now() + settings_.timeout;
  io_.restart();
  asio::co_spawn(io_, with.client.send(std::move(request), deadline),
                 [&](const std::exception_ptr& failure, auto result) {
                   if (failure) std::rethrow_exception(failure);
                   answer.emplace(std::move(result));
                 });
  io_.run();
  return std::move(answer).value();
}

}  // namespace gatehouse::app
