#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// NATS with JetStream, as far as Gatehouse uses it: compare-and-set and reads on a key-value
/// stream, messages, requests, and streams that acknowledge what they have stored. An interface:
/// the servers are behind `connect` (connect.hpp), an in-memory stand-in for tests is in
/// tests/support/nats_double.hpp; both pass the same conformance suite.
namespace gatehouse::nats {

enum class errc : std::uint8_t {
  no_responders,  ///< nobody listens: no such stream, an election is on, or no JetStream
  timed_out,      ///< no answer in time; what was asked for may have been done all the same
  in_progress,    ///< a message with this `Nats-Msg-Id` is being stored, or was given up on the way
  wrong_revision,  ///< the key has another revision than was expected
  not_found,       ///< no such key, message or stream
  full,            ///< the stream takes no more, or too many calls wait already
  too_large,       ///< above the server's max_payload
  refused,         ///< any other error of the server; see `text`
  not_connected,   ///< nothing was sent
};
std::string_view to_string(errc what) noexcept;

struct failure {
  errc what = errc::refused;
  std::string text;  ///< in words, for people; never holds a payload or a secret
  int status = 0;    ///< as the JetStream API has it, much like HTTP's; 0: it did not answer
};
/// What went wrong and, where that is known, more of it: for a line of the log.
[[nodiscard]] std::string to_text(const failure& error);
/// What `value()` of a result throws: std::runtime_error.
[[noreturn]] void throw_exception_from_error(const failure& error,
                                             const boost::source_location& where);

template <class Value>
using result = boost::system::result<Value, failure>;
/// Called once, through the client's executor, unless the client is destroyed before.
template <class Value>
using answer = std::function<void(result<Value>)>;

struct header {
  std::string name;
  std::string value;  ///< without line breaks
  bool operator==(const header&) const = default;
};
struct message {
  std::string subject;
  std::string payload;
  std::vector<header> headers;
  std::string reply_to;  ///< of a message received: where its sender waits for an answer
};

/// A stream has stored a message.
struct stored {
  std::string stream;
  std::uint64_t sequence = 0;
  bool is_duplicate = false;  ///< it had one with this `Nats-Msg-Id` already and kept that
};
/// The value of a key.
struct entry {
  std::string value;
  std::uint64_t revision = 0;
};
struct stored_message {
  std::uint64_t sequence = 0;
  message content;
};

struct stream_settings {
  std::string name;
  std::vector<std::string> subjects;
  int replicas = 1;
  std::int64_t max_bytes = -1;  ///< -1: no limit
  std::int64_t max_messages_per_subject = -1;
  runtime::duration max_age{};           ///< 0: for ever
  runtime::duration duplicate_window{};  ///< 0: the server's default
  bool discard_new = true;  ///< a full stream refuses, instead of losing what is oldest
  bool acknowledges = true;
  bool operator==(const stream_settings&) const = default;
};
/// A bucket is a stream: every NATS tool reads it.
stream_settings bucket_settings(std::string_view bucket, int replicas);

struct stream_info {
  stream_settings settings;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t last_sequence = 0;
  std::string leader{};  ///< name of the server that leads it; empty: not told
};

/// Ends with its destruction.
class subscription {
 public:
  virtual ~subscription() = default;
};

/// What one caller asks for. Used from one thread, the one its executor runs on; answers come
/// through that executor, never from within a call. Destroying it drops answers that are due: what
/// they are about may happen all the same. Calls of one client take effect in their order, but for
/// `append`, `read_next` and `erase`, which are in order among themselves (a connection of their
/// own, so that bulk does not hold up what is urgent).
class client {
 public:
  virtual ~client() = default;

  // Truth: a bucket, read from its leader.

  /// Sets a key if it has this revision; 0: if it does not exist. Answers the new revision.
  virtual void compare_and_set(std::string bucket, std::string key, std::string value,
                               std::uint64_t expected_revision, answer<std::uint64_t> done) = 0;
  virtual void get(std::string bucket, std::string key, answer<entry> done) = 0;
  /// The keys that match, `*` standing for one token and `>` for the rest; in no order.
  virtual void keys(std::string bucket, std::string pattern,
                    answer<std::vector<std::string>> done) = 0;

  // Messages: at most once.

  /// Nothing says whether anybody got it; while not connected it is dropped, and counted.
  virtual void publish(message sent) = 0;
  virtual void request(message asked, runtime::duration timeout, answer<message> done) = 0;
  /// Whatever is published to the subject (wildcards allowed) from when the server knows of it.
  /// Outlives reconnects; what is published meanwhile is missed. It may outlive its client, but
  /// not its engine.
  [[nodiscard]] virtual std::unique_ptr<subscription> subscribe(
      std::string subject, std::function<void(message)> on_message) = 0;

  // Streams.

  /// Stored by the stream that listens to the message's subject.
  virtual void append(message sent, answer<stored> done) = 0;
  /// The first message of a subject (wildcards allowed) with at least this sequence.
  virtual void read_next(std::string stream, std::string subject, std::uint64_t from_sequence,
                         answer<stored_message> done) = 0;
  virtual void erase(std::string stream, std::uint64_t sequence, answer<void> done) = 0;

  virtual void describe_stream(std::string name, answer<stream_info> done) = 0;
  /// The stream that listens to a subject.
  virtual void find_stream(std::string subject, answer<stream_info> done) = 0;
  /// Of a name that is taken: `refused`, or the stream there is if its settings are the same.
  virtual void create_stream(stream_settings wanted, answer<stream_info> done) = 0;
};

struct connection_status {
  bool is_connected = false;
  std::string server;                  ///< address of the one in use; without credentials
  std::int64_t max_payload_bytes = 0;  ///< of the server; 0 before the first connection
  std::string last_error;              ///< why it is not connected, or was not
  std::uint64_t reconnects = 0;        ///< connections lost so far
  /// Published without a connection, or come faster than they were heard.
  std::uint64_t dropped_messages = 0;
};

/// The way to the servers, for all clients of a process. Any thread.
class engine {
 public:
  virtual ~engine() = default;
  /// Must be destroyed before the engine.
  [[nodiscard]] virtual std::unique_ptr<client> make_client(
      boost::asio::any_io_executor answers_on) = 0;
  [[nodiscard]] virtual connection_status status() const = 0;
};

}  // namespace gatehouse::nats
