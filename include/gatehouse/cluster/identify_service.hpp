#pragma once

#include <gatehouse/cluster/control.hpp>
#include <gatehouse/cluster/gateway_inquiry.hpp>
#include <gatehouse/controllers/decision_points.hpp>
#include <gatehouse/gateway/identify_gate.hpp>
#include <gatehouse/gateway/shard_key.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/session_store.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace gatehouse::cluster {

/// Who may identify when, over everything that holds the bot's token. Here all of that is one
/// process (`identify_service`); several would share one authority.
class identify_authority {
 public:
  identify_authority() = default;
  identify_authority(const identify_authority&) = delete;
  identify_authority& operator=(const identify_authority&) = delete;
  virtual ~identify_authority() = default;

  /// This shard wants to identify; it is granted leave when its turn has come.
  virtual void want(gateway::shard_key shard) = 0;
  /// It does not any more, whether it has been granted leave meanwhile or not.
  virtual void give_up(gateway::shard_key shard) = 0;
  virtual void sent(gateway::identify_grant used) = 0;
  /// Will not be used.
  virtual void abandon(gateway::identify_grant unused) = 0;
};

/// The gate with its timers: asks a library before and after it, has Discord asked when a period is
/// over, and keeps on disk when each bucket was last used, so that a restart keeps the spacing,
/// too. Main thread.
class identify_service final : public identify_authority {
 public:
  struct callbacks {
    /// What a library is asked about.
    std::function<identify_question(gateway::shard_key)> describe;
    std::function<void(gateway::identify_grant)> grant;
    /// Discord has to be asked for the limit; `learn` or `ask_again` is the answer.
    std::function<void()> ask_limit;
    /// May be empty.
    std::function<void(std::vector<storage::stored_identify>)> store;
  };

  /// `spacing` lies between two identifies of one bucket. `decisions` outlive it.
  identify_service(boost::asio::io_context& context, runtime::duration spacing,
                   const controllers::decision_points& decisions, telemetry::logger log,
                   callbacks to);

  void want(gateway::shard_key shard) override;
  void give_up(gateway::shard_key shard) override;
  void sent(gateway::identify_grant used) override;
  void abandon(gateway::identify_grant unused) override;

  /// Nobody is granted leave before the first one.
  void learn(const gateway_answer& told);
  /// There was no answer.
  void ask_again(runtime::time_point at);
  /// Those of an earlier run.
  void restore(const std::vector<storage::stored_identify>& identifies);
  void stop();

  [[nodiscard]] gate_view view();
  /// Identifies left, if that is known.
  [[nodiscard]] std::optional<int> remaining();
  [[nodiscard]] std::size_t waiting() const noexcept { return gate_.waiting(); }
  /// On average from one identify to the next.
  [[nodiscard]] runtime::duration pace() const;

 private:
  void enter(gateway::shard_key shard, runtime::time_point now);
  void enter_postponed(runtime::time_point now);
  void grant(gateway::identify_grant given, runtime::time_point now);
  void keep(int shard_id);
  void pump();
  void ask_if_wanted(runtime::time_point now);
  void arm(runtime::time_point now);
  void report_exhausted(runtime::time_point now);

  runtime::duration spacing_;
  const controllers::decision_points& decisions_;
  telemetry::logger log_;
  callbacks to_;
  gateway::identify_gate gate_;
  std::map<gateway::shard_key, runtime::time_point> postponed_;  ///< before they enter the gate
  boost::asio::steady_timer timer_;
  bool is_asking_ = false;
  runtime::time_point not_before_ = runtime::time_point::min();  ///< for the next question
  bool told_exhausted_ = false;
  bool told_unlimited_ = false;
  bool stopped_ = false;
};

}  // namespace gatehouse::cluster
