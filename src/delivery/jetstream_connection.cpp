#include "jetstream_connection.hpp"

#include <gatehouse/runtime/wall_clock.hpp>

#include <utility>

namespace gatehouse::delivery {

void jetstream_connection::connect() {
  const visit visiting{*this};
  is_dialing_ = true;
  shared_.search.begin([this, generation = generation_](const std::string& why_not) {
    connected(generation, why_not);
  });
}

void jetstream_connection::connected(std::uint32_t generation, const std::string& why_not) {
  if (generation != generation_) return;
  const visit visiting{*this};
  owner_.operation_began();
  is_dialing_ = false;
  const auto now = runtime::clock::now();
  if (why_not.empty()) {
    is_open_ = true;
    waiting_since_ = now;
  } else {
    close();
    owner_.lost(*this, transport_failure::no_connection, why_not);
  }
  report(now);
  owner_.operation_ended();
}

void jetstream_connection::send(std::span<request* const> to_send, runtime::time_point now) {
  const visit visiting{*this};
  if (in_flight_.empty()) waiting_since_ = now;
  for (request* each : to_send) {
    enqueue(*each);
    send_one(*each, now);
  }
}

void jetstream_connection::send_one(request& next, runtime::time_point now) {
  events::event& event = next.events.front();
  ++event.attempts;
  auto packed = message_of(event, shared_.types.name(event.type), shared_.subject,
                           runtime::unix_ms_of(event.received));
  shared_.client.append(std::move(packed), [this, generation = generation_, sent = &next,
                                            now](const nats::result<nats::stored>& got) {
    answered(generation, *sent, now, got);
  });
}

/// Of a connection that was closed meanwhile, the request is the owner's again and may be no more.
void jetstream_connection::answered(std::uint32_t generation, request& done,
                                    runtime::time_point sent,
                                    const nats::result<nats::stored>& got) {
  const auto concluded = got ? conclusion{.judged = {}, .status = 200} : judge(got.error());
  count(got, concluded);
  if (generation != generation_) return;
  const visit visiting{*this};
  // What follows may be the last thing that a stopped target waits for.
  owner_.operation_began();
  const auto now = runtime::clock::now();
  in_flight_.erase(in_flight_.iterator_to(done));
  --in_flight_count_;
  last_took_ = now - sent;
  waiting_since_ = now;
  owner_.concluded(*this, done, concluded, now);
  report(now);
  owner_.operation_ended();
}

void jetstream_connection::count(const nats::result<nats::stored>& got,
                                 const conclusion& judged) noexcept {
  auto& counters = shared_.counters;
  if (got) {
    ++counters.stored;
    if (got->is_duplicate) ++counters.duplicates;
  } else if (judged.judged.what == decision::refused) {
    ++counters.refused;
    if (judged.is_oversized) ++counters.oversize;
  } else {
    ++counters.failed;
  }
}

void jetstream_connection::close() {
  const visit visiting{*this};
  ++generation_;
  is_open_ = false;
  is_dialing_ = false;
}

}  // namespace gatehouse::delivery
