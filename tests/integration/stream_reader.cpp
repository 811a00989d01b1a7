#include "stream_reader.hpp"

#include <gatehouse/nats/connect.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>

namespace gatehouse::test {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds longest_turn{20};
constexpr std::chrono::minutes patience{1};
constexpr std::uint64_t read_at_once = 128;

bool is_passing(nats::errc what) {
  return what == nats::errc::not_connected || what == nats::errc::timed_out ||
         what == nats::errc::no_responders;
}

config::nats_settings settings_of(const std::vector<std::string>& servers) {
  config::nats_settings settings;
  settings.servers = servers;
  return settings;
}

}  // namespace

stream_reader::stream_reader(const config::nats_settings& settings)
    : engine_(
          nats::connect(settings, std::make_shared<spdlog::logger>(
                                      "reader", std::make_shared<spdlog::sinks::null_sink_mt>()))),
      client_(engine_->make_client(io_.get_executor())) {}

stream_reader::stream_reader(const std::vector<std::string>& servers)
    : stream_reader(settings_of(servers)) {}

stream_reader::~stream_reader() = default;

void stream_reader::turn() {
  io_.restart();
  io_.run_one_for(longest_turn);
}

template <class Value>
nats::result<Value> stream_reader::wait(const std::function<void(nats::answer<Value>)>& call) {
  const auto deadline = steady_clock::now() + patience;
  while (true) {
    std::optional<nats::result<Value>> got;
    call([&got](nats::result<Value> answered) { got.emplace(std::move(answered)); });
    while (!got) turn();
    if (*got || !is_passing(got->error().what) || steady_clock::now() > deadline) return *got;
    turn();
  }
}

nats::stream_info stream_reader::describe(const std::string& stream) {
  return wait<nats::stream_info>([&](auto done) { client_->describe_stream(stream, done); })
      .value();
}

/// One for each of the sequences that follow.
stream_reader::chunk stream_reader::read_chunk(const std::string& stream, std::uint64_t from,
                                               std::uint64_t count) {
  chunk got(count, nats::failure{});
  std::size_t answers = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    client_->read_next(stream, ">", from + i, [&, i](nats::result<nats::stored_message> answered) {
      got[i] = std::move(answered);
      ++answers;
    });
  }
  while (answers < got.size()) turn();
  return got;
}

std::vector<nats::stored_message> stream_reader::read(const std::string& stream,
                                                      std::uint64_t from) {
  const auto deadline = steady_clock::now() + patience;
  std::vector<nats::stored_message> all;
  const auto there =
      wait<nats::stream_info>([&](auto done) { client_->describe_stream(stream, done); });
  if (!there && there.error().what == nats::errc::not_found) return all;
  const auto last = there.value().last_sequence;
  while (from <= last && steady_clock::now() < deadline) {
    auto got = read_chunk(stream, from, std::min(read_at_once, last + 1 - from));
    const auto failed = [](const auto& each) { return !each && is_passing(each.error().what); };
    if (std::ranges::any_of(got, failed)) continue;
    for (auto& each : got) {
      if (!each) return all;                // a hole up to the end
      if (each->sequence < from) continue;  // behind a hole several ask for the same
      from = each->sequence + 1;
      all.push_back(std::move(*each));
    }
  }
  if (from <= last) throw std::runtime_error(stream + " cannot be read");
  return all;
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

nats::result<nats::stream_info> stream_reader::create(const nats::stream_settings& wanted) {
  return wait<nats::stream_info>([&](auto done) { client_->create_stream(wanted, done); });
}

}  // namespace gatehouse::test
