#include "stream_exchange.hpp"

#include <gatehouse/delivery/event_streams.hpp>
#include <gatehouse/nats/connect.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <chrono>
#include <optional>
#include <utility>

namespace gatehouse::app {

namespace {

constexpr std::chrono::milliseconds turn{10};

/// What goes wrong is in the answers.
telemetry::logger silent() {
  return std::make_shared<spdlog::logger>("nats", std::make_shared<spdlog::sinks::null_sink_mt>());
}

}  // namespace

stream_exchange::stream_exchange(const config::nats_settings& settings)
    : timeout_(settings.timeout),
      engine_(nats::connect(settings, silent())),
      client_(engine_->make_client(io_.get_executor())) {}

stream_exchange::~stream_exchange() = default;

template <class Value>
nats::result<Value> stream_exchange::wait(const std::function<void(nats::answer<Value>)>& call) {
  const auto deadline = runtime::clock::now() + timeout_;
  while (!engine_->status().is_connected && runtime::clock::now() < deadline) {
    io_.restart();
    io_.run_for(turn);
  }
  std::optional<nats::result<Value>> got;
  call([&got](nats::result<Value> answered) { got.emplace(std::move(answered)); });
  while (!got) {
    io_.restart();
    io_.run_for(turn);
  }
  return std::move(*got);
}

nats::result<nats::stream_info> stream_exchange::find(const std::string& subject) {
  return wait<nats::stream_info>([&](auto done) {
    client_->find_stream(delivery::event_streams::probe_of(subject), std::move(done));
  });
}

nats::result<nats::stored> stream_exchange::publish(const nats::message& sent) {
  return wait<nats::stored>([&](auto done) { client_->append(sent, std::move(done)); });
}

}  // namespace gatehouse::app
