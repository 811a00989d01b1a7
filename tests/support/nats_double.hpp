#pragma once

#include <gatehouse/nats/engine.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>

namespace gatehouse::nats {

/// What an engine of the double does with the calls of its clients.
enum class trouble : std::uint8_t {
  none,
  not_connected,  ///< nothing leaves or arrives
  no_responders,  ///< streams have no leader; messages and requests work
  timed_out,      ///< nothing that has an answer is done, or answered
  answer_lost,    ///< what has an answer is done, and answered with `timed_out`
  full,           ///< streams take no messages and no keys
  in_progress,    ///< likewise, as if they were about to store them already
};

/// NATS servers with JetStream in memory, for tests: the same verbs, the same answers, no waiting
/// (`timed_out` comes at once). Each engine stands for one process and can have its own trouble.
/// Any thread; outlives its engines.
class nats_double {
 public:
  class process : public engine {
   public:
    virtual void set_trouble(trouble now) = 0;
    /// How many calls with an answer were made so far.
    [[nodiscard]] virtual std::uint64_t calls() const = 0;
  };

  explicit nats_double(std::int64_t max_payload_bytes = 8 * 1024 * 1024);
  ~nats_double();
  nats_double(const nats_double&) = delete;
  nats_double& operator=(const nats_double&) = delete;

  [[nodiscard]] std::unique_ptr<process> make_process();

  struct servers;

 private:
  std::shared_ptr<servers> servers_;
};

}  // namespace gatehouse::nats
