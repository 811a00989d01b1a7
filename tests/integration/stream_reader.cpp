#include "stream_reader.hpp"

#include <gatehouse/nats/connect.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <chrono>
#include <optional>
#include <stdexcept>

namespace gatehouse::test {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

stream_reader::stream_reader(const std::vector<std::string>& servers) {
  config::nats_settings settings;
  settings.servers = servers;
  engine_ = nats::connect(settings, std::make_shared<spdlog::logger>(
                                        "reader", std::make_shared<spdlog::sinks::null_sink_mt>()));
  client_ = engine_->make_client(io_.get_executor());
}

stream_reader::~stream_reader() = default;

template <class Value>
nats::result<Value> stream_reader::wait(const std::function<void(nats::answer<Value>)>& call) {
  const auto deadline = steady_clock::now() + std::chrono::minutes{1};
  while (true) {
    auto got = std::make_shared<std::optional<nats::result<Value>>>();
    call([got](nats::result<Value> answered) { got->emplace(std::move(answered)); });
    while (!got->has_value()) {
      io_.restart();
      io_.run_for(milliseconds{20});
    }
    const auto& answered = **got;
    const bool is_passing = !answered && (answered.error().what == nats::errc::not_connected ||
                                          answered.error().what == nats::errc::timed_out ||
                                          answered.error().what == nats::errc::no_responders);
    if (!is_passing || steady_clock::now() > deadline) return answered;
    io_.restart();
    io_.run_for(milliseconds{50});
  }
}

nats::stream_info stream_reader::describe(const std::string& stream) {
  return wait<nats::stream_info>([&](auto done) { client_->describe_stream(stream, done); })
      .value();
}

std::vector<nats::stored_message> stream_reader::read(const std::string& stream,
                                                      std::uint64_t from) {
  std::vector<nats::stored_message> all;
  while (true) {
    const auto next =
        wait<nats::stored_message>([&](auto done) { client_->read_next(stream, ">", from, done); });
    if (!next && next.error().what == nats::errc::not_found) return all;
    from = next.value().sequence + 1;
    all.push_back(next.value());
  }
}

void stream_reader::erase(const std::string& stream, std::uint64_t sequence) {
  wait<void>([&](auto done) { client_->erase(stream, sequence, done); }).value();
}

nats::result<nats::message> stream_reader::request(const std::string& subject,
                                                   const std::string& payload) {
  return wait<nats::message>([&](auto done) {
    client_->request({subject, payload, {}, {}}, std::chrono::seconds{5}, done);
  });
}

void number_check::add(const nats::stored_message& stored) {
  const std::string& text = stored.content.payload;
  const auto at = text.find("\"sim\":\"");
  if (at == std::string::npos) return;
  const auto colon = text.find(':', at + 7);
  const auto guild = text.substr(at + 7, colon - at - 7);
  const auto number = std::stoull(text.substr(colon + 1));
  ++seen_;
  auto& last = last_[guild];
  if (number != last + 1) {
    faults_.push_back("guild " + guild + ": " + std::to_string(number) + " after " +
                      std::to_string(last) + " (sequence " + std::to_string(stored.sequence) + ")");
  }
  last = number;
}

}  // namespace gatehouse::test
