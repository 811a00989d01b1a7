#include "jetstream_connection.hpp"

#include <gatehouse/runtime/wall_clock.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace gatehouse::delivery {

namespace {

std::int64_t unix_ms_of(runtime::time_point when) {
  const auto ago = runtime::clock::now() - when;
  const auto then = std::chrono::system_clock::now().time_since_epoch() - ago;
  return std::chrono::duration_cast<std::chrono::milliseconds>(then).count();
}

}  // namespace

void jetstream_connection::connect() {
  const visit visiting{*this};
  is_dialing_ = true;
  const auto generation = generation_;
  shared_.streams.ensure(
      shared_.client, shared_.subject,
      [this, generation](const std::string& why_not) { connected(generation, why_not); });
}

void jetstream_connection::connected(std::uint32_t generation, const std::string& why_not) {
  if (generation != generation_) return;
  const visit visiting{*this};
  const auto now = runtime::clock::now();
  is_dialing_ = false;
  if (why_not.empty()) {
    is_open_ = true;
    waiting_since_ = now;
  } else {
    close();
    owner_.lost(*this, transport_failure::no_connection, why_not);
  }
  report(now);
}

void jetstream_connection::send(std::span<request* const> to_send, runtime::time_point now) {
  const visit visiting{*this};
  if (in_flight_.empty()) waiting_since_ = now;
  for (request* each : to_send) {
    enqueue(*each);
    send_one(*each);
  }
}

void jetstream_connection::send_one(request& next) {
  events::event& event = next.events.front();
  ++event.attempts;
  auto packed = message_of(event, shared_.types.name(event.type), shared_.subject,
                           unix_ms_of(event.received));
  shared_.client.append(std::move(packed), [this, generation = generation_,
                                            sent = &next](const nats::result<nats::stored>& got) {
    answered(generation, *sent, got);
  });
}

/// Of a connection that was closed meanwhile, the request is the owner's again and may be no more.
void jetstream_connection::answered(std::uint32_t generation, request& done,
                                    const nats::result<nats::stored>& got) {
  auto& counted = shared_.streams.counters();
  if (got && got->is_duplicate) ++counted.duplicates;
  if (generation != generation_) return;
  const visit visiting{*this};
  const auto now = runtime::clock::now();
  in_flight_.erase(in_flight_.iterator_to(done));
  --in_flight_count_;
  waiting_since_ = now;
  const auto concluded = got ? conclusion{} : judge(got.error());
  if (got) {
    ++counted.delivered;
  } else if (concluded.is_oversized) {
    ++counted.oversize;
  } else {
    ++(concluded.judged.what == decision::refused ? counted.refused : counted.down);
  }
  owner_.concluded(*this, done, concluded, now);
  report(now);
}

void jetstream_connection::close() {
  const visit visiting{*this};
  ++generation_;
  is_open_ = false;
  is_dialing_ = false;
}

}  // namespace gatehouse::delivery
