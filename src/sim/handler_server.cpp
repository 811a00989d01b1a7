#include "handler_server.hpp"

#include "append.hpp"
#include "event_factory.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace gatehouse::sim {
namespace {

constexpr std::size_t read_bytes = 64U << 10U;

bool is_immediate(const handler_answer& answer) noexcept {
  return answer.fate == answer_fate::complete && answer.delay.count() == 0;
}

void append_answer(std::string& out, const handler_answer& answer, bool keep_alive) {
  std::string headers;
  if (answer.retry_after) headers = concat("Retry-After: ", *answer.retry_after, "\r\n");
  append_http_response(out, answer.status, answer.status < 300 ? "" : "simulated\n", headers,
                       keep_alive);
}

}  // namespace

handler_server::handler_server(asio::io_context& loop, const event_handler_options& options,
                               asio::ssl::context* tls, shared_state& state)
    : loop_(loop), options_(options), state_(state), tally_(options) {
  auto on_accept = [this](std::unique_ptr<byte_stream> stream) { return serve(std::move(stream)); };
  listener_ = options.unix_path.empty()
                  ? std::make_unique<listener>(loop, options.address, options.port, tls, on_accept)
                  : std::make_unique<listener>(loop, options.unix_path, tls, on_accept);
}

void handler_server::stop() {
  listener_->close();
  for (auto* const client : connections_) {
    // What was counted as accepted must be heard, or it would come again.
    if (client->is_answering) {
      client->ends_after_answer = true;
    } else if (client->idle) {
      end(*client);
    } else {
      client->stream->reset();
    }
  }
}

void handler_server::end(connection& client) {
  client.has_ended = true;
  client.stream->finish();
}

void handler_server::close_idle() {
  for (auto* const client : connections_) {
    if (client->idle) {
      end(*client);
    } else {
      client->ends_after_answer = client->is_nearly_idle;
    }
  }
}

asio::awaitable<void> handler_server::serve(std::unique_ptr<byte_stream> stream) {
  {
    const std::scoped_lock lock(state_.mutex);
    ++state_.numbers.connections;
  }
  connection client;
  client.stream = std::move(stream);
  connections_.insert(&client);
  error_code error;
  co_await client.stream->handshake(error);
  if (!error) co_await converse(client);
  connections_.erase(&client);
}

asio::awaitable<void> handler_server::converse(connection& client) {
  error_code error;
  for (;;) {
    handler_answer slow;
    std::size_t slow_size = 0;
    const auto step = answer_requests(client, slow, slow_size);
    if (!client.answers.empty()) {
      // Its peer may have read the answer before this coroutine goes on.
      client.is_nearly_idle = step == next_step::read && client.consumed == client.received.size();
      client.is_answering = true;
      co_await client.stream->write(asio::buffer(client.answers), error);
      client.is_answering = false;
      client.is_nearly_idle = false;
      client.answers.clear();
    }
    if (client.ends_after_answer) {
      end(client);
      co_return;
    }
    if (error || step == next_step::close) co_return;
    if (step == next_step::slow_answer) {
      if (!co_await answer_slowly(client, slow, slow_size)) co_return;
      continue;
    }
    client.received.erase(0, client.consumed);
    client.consumed = 0;
    const std::size_t kept = client.received.size();
    client.idle = kept == 0;
    client.received.resize(kept + read_bytes);
    const std::size_t size = co_await client.stream->read_some(
        asio::buffer(client.received.data() + kept, read_bytes), error);
    client.idle = false;
    client.received.resize(kept + (error ? 0 : size));
    if (error || client.has_ended) co_return;
  }
}

/// Answers every complete request that can be answered at once; the answers go out together.
handler_server::next_step handler_server::answer_requests(connection& client, handler_answer& slow,
                                                          std::size_t& slow_size) {
  const std::scoped_lock lock(state_.mutex);
  bool changed = false;
  auto step = next_step::read;
  for (;;) {
    http_request request;
    const auto rest = std::string_view(client.received).substr(client.consumed);
    if (rest.empty()) break;
    const auto parsed = parse_http_request(rest, request);
    if (parsed == http_parse::incomplete) break;
    changed = true;
    if (parsed == http_parse::malformed) {
      ++state_.numbers.malformed_requests;
      append_http_response(client.answers, 400, "malformed request\n", {}, false);
      step = next_step::close;
      break;
    }
    if (request.method == "OPTIONS") {  // somebody asks whether it is there
      append_http_response(client.answers, 204, {}, "Allow: POST, OPTIONS\r\n", true);
      client.consumed += request.size;
      continue;
    }
    const auto answer = choose_answer(request);
    if (!is_immediate(answer)) {
      slow = answer;
      slow_size = request.size;
      step = next_step::slow_answer;
      break;
    }
    account(request, answer);
    append_answer(client.answers, answer, request.keep_alive);
    client.consumed += request.size;
    if (!request.keep_alive) {
      step = next_step::close;
      break;
    }
  }
  if (changed) state_.changed.notify_all();
  return step;
}

/// For what is delayed or maimed. False when the connection is over.
asio::awaitable<bool> handler_server::answer_slowly(connection& client,
                                                    const handler_answer& answer,
                                                    std::size_t size) {
  error_code error;
  if (answer.delay.count() > 0) {
    asio::steady_timer timer(loop_, answer.delay);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
  http_request request;
  parse_http_request(std::string_view(client.received).substr(client.consumed), request);
  {
    const std::scoped_lock lock(state_.mutex);
    malformed_ = !reader_.read(request, events_);
    account(request, answer);
    state_.changed.notify_all();
  }
  client.consumed += size;
  if (answer.fate == answer_fate::hang) {
    co_await hang(*client.stream);
    co_return false;
  }
  const bool keep_alive = answer.fate == answer_fate::complete && request.keep_alive;
  std::string text;
  append_answer(text, answer, keep_alive);
  if (answer.fate == answer_fate::cut) text.resize(text.size() / 2);
  if (answer.fate != answer_fate::reset) {
    client.is_answering = true;
    co_await client.stream->write(asio::buffer(text), error);
    client.is_answering = false;
  }
  if (client.ends_after_answer) {
    end(client);
    co_return false;
  }
  const bool resets = answer.fate == answer_fate::cut || answer.fate == answer_fate::reset;
  if (resets) client.stream->reset();
  co_return keep_alive && !error;
}

asio::awaitable<void> handler_server::hang(byte_stream& stream) {
  error_code error;
  std::string ignored(read_bytes, '\0');
  while (!error) co_await stream.read_some(asio::buffer(ignored), error);
}

bool handler_server::matches(const answer_rule& rule) const {
  if (rule.event_type.empty() && !rule.guild_id) return true;
  return std::any_of(events_.begin(), events_.end(), [&](const delivered_event& event) {
    const bool type_fits =
        rule.event_type.empty() || event_type_of(event.message) == rule.event_type;
    return type_fits &&
           (!rule.guild_id || find_event_mark(event.message).guild_id == *rule.guild_id);
  });
}

/// Reads the request's events and decides about the answer; uses a rule up.
handler_answer handler_server::choose_answer(const http_request& request) {
  malformed_ = !reader_.read(request, events_);
  if (malformed_) return {.status = 400};
  if (!options_.authorization.empty() &&
      request.header("authorization") != options_.authorization) {
    return {.status = 401};
  }
  const auto rule =
      std::find_if(state_.rules.begin(), state_.rules.end(),
                   [this](const answer_rule& candidate) { return matches(candidate); });
  if (rule == state_.rules.end()) return state_.default_answer;
  handler_answer answer = rule->answer;
  if (rule->times == 1) {
    state_.rules.erase(rule);
  } else if (rule->times > 1) {
    --rule->times;
  }
  return answer;
}

void handler_server::account(const http_request& request, const handler_answer& answer) {
  auto& numbers = state_.numbers;
  ++numbers.requests;
  numbers.bytes += request.body.size();
  if (malformed_) ++numbers.malformed_requests;
  const bool answered =
      answer.fate == answer_fate::complete || answer.fate == answer_fate::close_after;
  if (!answered || answer.status / 100 != 2) {
    ++numbers.refused_requests;
    return;
  }
  numbers.largest_batch = std::max<std::uint64_t>(numbers.largest_batch, events_.size());
  for (const auto& event : events_) {
    tally_.accept(event, numbers);
    if (state_.kept.size() < options_.keep_events) keep(request, event);
  }
}

void handler_server::keep(const http_request& request, const delivered_event& event) {
  state_.kept.push_back({.at = runtime::clock::now(),
                         .shard_id = event.shard_id,
                         .event_id = std::string(event.event_id),
                         .attempt = event.attempt,
                         .deferred = std::string(request.header("x-gatehouse-deferred")),
                         .signature = std::string(request.header("x-gatehouse-signature")),
                         .type = std::string(event_type_of(event.message)),
                         .message = std::string(event.message)});
}

}  // namespace gatehouse::sim
