#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/nats/engine.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>

namespace gatehouse::app {

/// Asks the servers of `[nats]` for a command: each call waits for its answer, the first also for
/// the connection, `nats.timeout_ms` at most.
class stream_exchange {
 public:
  explicit stream_exchange(const config::nats_settings& settings);
  ~stream_exchange();

  /// The stream that listens to what is published below `subject`.
  nats::result<nats::stream_info> find(const std::string& subject);
  nats::result<nats::stored> publish(const nats::message& sent);
  [[nodiscard]] nats::connection_status status() const { return engine_->status(); }

 private:
  template <class Value>
  nats::result<Value> wait(const std::function<void(nats::answer<Value>)>& call);

  runtime::duration timeout_;
  boost::asio::io_context io_;
  std::unique_ptr<nats::engine> engine_;
  std::unique_ptr<nats::client> client_;
};

}  // namespace gatehouse::app
