#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/nats/engine.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::test {

/// Looks into streams as any other program would. Each call waits for its answer, and asks again
/// for a minute while the servers are away or choose a leader.
class stream_reader {
 public:
  explicit stream_reader(const config::nats_settings& settings);
  explicit stream_reader(const std::vector<std::string>& servers);
  ~stream_reader();
  stream_reader(const stream_reader&) = delete;
  stream_reader& operator=(const stream_reader&) = delete;

  nats::stream_info describe(const std::string& stream);
  /// What is stored now from a sequence on, by sequence. Nothing without such a stream.
  std::vector<nats::stored_message> read(const std::string& stream, std::uint64_t from = 1);
  void erase(const std::string& stream, std::uint64_t sequence);
  nats::result<nats::message> request(const std::string& subject, const std::string& payload);
  nats::result<nats::stream_info> create(const nats::stream_settings& wanted);

 private:
  using chunk = std::vector<nats::result<nats::stored_message>>;

  template <class Value>
  nats::result<Value> wait(const std::function<void(nats::answer<Value>)>& call);
  chunk read_chunk(const std::string& stream, std::uint64_t from, std::uint64_t count);
  void turn();

  boost::asio::io_context io_;
  std::unique_ptr<nats::engine> engine_;
  std::unique_ptr<nats::client> client_;
};

}  // namespace gatehouse::test
