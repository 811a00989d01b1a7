#pragma once

#include <gatehouse/nats/engine.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::test {

/// Looks into streams as any other program would. Each call waits for its answer.
class stream_reader {
 public:
  explicit stream_reader(const std::vector<std::string>& servers);
  ~stream_reader();

  /// Tries again for a minute while the stream has no leader.
  nats::stream_info describe(const std::string& stream);
  /// Everything stored from a sequence on.
  std::vector<nats::stored_message> read(const std::string& stream, std::uint64_t from = 1);
  void erase(const std::string& stream, std::uint64_t sequence);
  nats::result<nats::message> request(const std::string& subject, const std::string& payload);
  nats::client& client() { return *client_; }

 private:
  template <class Value>
  nats::result<Value> wait(const std::function<void(nats::answer<Value>)>& call);

  boost::asio::io_context io_;
  std::unique_ptr<nats::engine> engine_;
  std::unique_ptr<nats::client> client_;
};

/// Checks that messages of `numbered_events` came once each, in their guild's order.
class number_check {
 public:
  void add(const nats::stored_message& stored);
  /// Of all guilds.
  [[nodiscard]] std::uint64_t seen() const noexcept { return seen_; }
  [[nodiscard]] const std::vector<std::string>& faults() const noexcept { return faults_; }

 private:
  std::map<std::string, std::uint64_t> last_;
  std::uint64_t seen_ = 0;
  std::vector<std::string> faults_;
};

}  // namespace gatehouse::test
