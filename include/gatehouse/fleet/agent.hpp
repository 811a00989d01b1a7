#pragma once

#include <gatehouse/fleet/member.hpp>
#include <gatehouse/fleet/shard_port.hpp>
#include <gatehouse/fleet/view.hpp>
#include <gatehouse/nats/engine.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::fleet {

struct agent_settings {
  std::string name;  ///< `cluster.name`
  int replicas = 3;  ///< of a bucket that is created
  bool creates = true;
  member_settings member;
};

/// The shell around `member`: gives it the time, what others say and what the engine answers, and
/// carries out what it decides. One thread, that of its context; waits for nothing. What goes wrong
/// with the engine it takes for silence: the member judges that.
class agent {
 public:
  agent(boost::asio::io_context& context, nats::engine& engine, agent_settings settings,
        telemetry::logger log);
  ~agent();
  agent(const agent&) = delete;
  agent& operator=(const agent&) = delete;

  /// Joins, once the bucket is there. `shards` outlives the agent, or its `stop`.
  void start(shard_port& shards);
  /// Says and does nothing any more. What is held stays held, in this member's name.
  void stop();

  // What the shards report.
  void on_session(int shard_id, session_record session);
  void on_released(int shard_id, std::optional<session_record> session);
  void want_identify(int shard_id);
  void withdraw_identify(int shard_id);
  void on_leave_over(const granted_leave& leave, bool was_sent);
  void checkpoint(const std::vector<std::pair<int, std::int64_t>>& seqs);
  void on_limit(const limit_answer& told);

  /// Gives all shards away, then calls `done`; also when nobody is there to take them, or it comes
  /// to nothing for `patience`.
  void drain(std::function<void()> done);
  static constexpr runtime::seconds patience{10};

  [[nodiscard]] fleet_view view() const;

 private:
  // agent.cpp
  void prepare_bucket();
  void on_bucket(const nats::result<nats::stream_info>& found);
  void on_created(const nats::result<nats::stream_info>& made);
  void try_bucket_again(const nats::failure& why);
  void join();
  void listen(const std::string& subject);
  void hear(const nats::message& received);
  void answer(const std::string& key, const key_answer& told);
  void tick();
  void check_drained();
  template <class Input>
  void step(Input&& input);

  // agent_actions.cpp
  void perform();
  void perform_one(const read_key& wanted);
  void perform_one(const write_key& wanted);
  void perform_one(const send_message& wanted);
  void perform_one(const take_shard& wanted);
  void perform_one(const release_shard& wanted);
  void perform_one(const drop_shard& wanted);
  void perform_one(const give_leave& wanted);
  void perform_one(const contact_changed& wanted);
  void perform_one(const ask_limit& wanted);
  void perform_one(const say& wanted);
  void perform_one(const end_process& wanted);
  [[nodiscard]] key_answer judge(const std::string& key, const nats::result<nats::entry>& read);
  [[nodiscard]] key_answer judge(const std::string& key,
                                 const nats::result<std::uint64_t>& written);

  boost::asio::io_context& context_;
  nats::engine& engine_;
  agent_settings settings_;
  telemetry::logger log_;
  std::string bucket_;
  std::unique_ptr<nats::client> client_;
  std::vector<std::unique_ptr<nats::subscription>> ears_;
  std::unique_ptr<member> member_;  ///< null: not begun
  shard_port* shards_ = nullptr;
  boost::asio::steady_timer timer_;
  bool is_performing_ = false;
  bool is_stopped_ = false;

  std::function<void()> when_drained_;
  std::size_t left_to_give_ = 0;
  runtime::time_point drain_moved_{};

  std::optional<runtime::time_point> answered_;  ///< by the engine, last
  runtime::time_point began_{};
  std::optional<runtime::time_point> told_of_bucket_;
  std::uint64_t writes_refused_ = 0;
  std::uint64_t takeovers_ = 0;
  std::uint64_t bad_messages_ = 0;
};

}  // namespace gatehouse::fleet
