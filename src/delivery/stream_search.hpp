#pragma once

#include <gatehouse/delivery/event_streams.hpp>
#include <gatehouse/nats/engine.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::delivery {

/// Finds out for all connections of a target whether there is a stream: one question to the servers
/// however many of them begin at once. On the target's thread.
class stream_search {
 public:
  /// Gets an empty text, or why there is none.
  using answer = std::function<void(const std::string& why_not)>;

  stream_search(nats::client& client, event_streams& streams, std::string subject)
      : client_(client), streams_(streams), subject_(std::move(subject)) {}

  /// `done` is called later, never from within.
  void begin(answer done) {
    waiting_.push_back(std::move(done));
    if (waiting_.size() > 1) return;
    streams_.ensure(client_, subject_, [this](const std::string& why_not) {
      const auto told = std::exchange(waiting_, {});
      for (const auto& each : told) each(why_not);
    });
  }

 private:
  nats::client& client_;
  event_streams& streams_;
  const std::string subject_;
  std::vector<answer> waiting_;
};

}  // namespace gatehouse::delivery
