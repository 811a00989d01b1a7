#pragma once

#include "handler_connection.hpp"
#include "stream_search.hpp"

#include <gatehouse/delivery/event_streams.hpp>
#include <gatehouse/delivery/stream_message.hpp>
#include <gatehouse/events/event_type.hpp>
#include <gatehouse/nats/engine.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace gatehouse::delivery {

/// To a stream: "connected" is that the servers are, and that a stream listens. The engine answers
/// each publish in time, and it is never waited for.
class jetstream_connection final : public handler_connection {
 public:
  /// What all connections of a target share; outlives them.
  struct context {
    nats::client& client;
    stream_search search;
    stream_counters& counters;
    const events::event_type_registry& types;
    std::string subject;
    std::size_t depth;
  };

  jetstream_connection(context& shared, owner& target, std::size_t index)
      : handler_connection(target, index, shared.depth), shared_(shared) {}

  void connect() override;
  void send(std::span<request* const> to_send, runtime::time_point now) override;
  void check_deadline(runtime::time_point) override {}
  void forbid_reconnect() noexcept override {}
  void close() override;

 private:
  void send_one(request& next, runtime::time_point now);
  void connected(std::uint32_t generation, const std::string& why_not);
  void answered(std::uint32_t generation, request& done, runtime::time_point sent,
                const nats::result<nats::stored>& got);
  void count(const nats::result<nats::stored>& got, const conclusion& judged) noexcept;

  context& shared_;
};

}  // namespace gatehouse::delivery
