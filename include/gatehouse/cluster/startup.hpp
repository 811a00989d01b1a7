#pragma once

#include <gatehouse/cluster/gateway_inquiry.hpp>
#include <gatehouse/cluster/parts.hpp>
#include <gatehouse/cluster/placement.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::cluster {

/// How the shards come up: first what an earlier run has left, then the rest. Main thread.
class startup {
 public:
  startup(shared_parts parts, const shard_source& ours);

  /// Resumes the stored sessions without waiting for the REST API. Those with another number of
  /// shards or other intents than are wanted now cannot become what is wanted: they are resumed,
  /// emptied and ended before this returns.
  boost::asio::awaitable<void> resume(storage::stored_state stored);
  /// All shards that were not resumed; the reason if there can be none.
  std::optional<std::string> start_rest(const gateway_answer& told);
  /// Brings up one shard of the serving set.
  void start(int shard_id, std::optional<storage::stored_session> from);

  /// Whether something is missing that only `/gateway/bot` can help to.
  [[nodiscard]] bool is_incomplete() const;

  void on_ended(gateway::shard_key shard);
  void stop();

 private:
  [[nodiscard]] int wanted_total(const storage::stored_state& stored) const;
  boost::asio::awaitable<void> end(std::vector<storage::stored_session> sessions);
  void resume_planned(const shard_plan& plan, std::vector<storage::stored_session> sessions);

  shared_parts parts_;
  const shard_source& ours_;
  std::set<int> ending_;                   ///< sessions of an earlier configuration
  boost::asio::steady_timer ended_event_;  ///< cancelled by each that has ended
  bool stopped_ = false;
};

}  // namespace gatehouse::cluster
