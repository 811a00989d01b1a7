#include <gatehouse/cluster/fleet_settings.hpp>
#include <gatehouse/cluster/manager.hpp>
#include <gatehouse/nats/engine.hpp>
#include <gatehouse/rest/gateway_bot.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <stdexcept>
#include <utility>

/// The part of the manager that makes its process a member of a fleet.
namespace gatehouse::cluster {

namespace asio = boost::asio;

void manager::make_fleet() {
  const auto& settings = *services_.settings;
  if (!settings.cluster.enabled) return;
  if (services_.nats == nullptr) throw std::runtime_error("cluster.enabled needs nats.servers");
  agent_ = std::make_unique<fleet::agent>(context_, *services_.nats,
                                          make_fleet_settings(settings, services_.user_agent),
                                          services_.log);
  fleet_shards::callbacks to;
  to.start = [this](int shard_id, auto from) { startup_.start(shard_id, std::move(from)); };
  to.session = [this](int shard_id, auto session) {
    agent_->on_session(shard_id, std::move(session));
  };
  to.released = [this](int shard_id, auto session) {
    agent_->on_released(shard_id, std::move(session));
  };
  to.checkpoint = [this](const auto& seqs) { agent_->checkpoint(seqs); };
  to.want_identify = [this](int shard_id) { agent_->want_identify(shard_id); };
  to.withdraw_identify = [this](int shard_id) { agent_->withdraw_identify(shard_id); };
  to.leave_over = [this](const auto& leave, bool was_sent) {
    agent_->on_leave_over(leave, was_sent);
  };
  to.ask_limit = [this] { asio::co_spawn(context_, tell_fleet_limit(), asio::detached); };
  // Not at once: it takes away what calls this.
  to.end = [this](const std::string&) {
    asio::post(context_, [this] { end(run_result::failed); });
  };
  fleet_ = std::make_unique<fleet_shards>(parts(), std::move(to));
  authority_ = fleet_.get();
}

/// False: everything is to stop. Where sessions begin must be known; the answer of an earlier run
/// will do, for who may identify when is the coordinator's to ask.
asio::awaitable<bool> manager::join_fleet() {
  if (auto* store = services_.persistence.sessions()) {
    auto stored = store->take_found();
    if (stored.gateway) serving_.gateway_url = stored.gateway->url;
    fleet_->remember(std::move(stored.sessions));
  }
  const auto& chosen = services_.settings->discord.gateway_url;
  if (!chosen.empty()) serving_.gateway_url = chosen;
  if (serving_.gateway_url.empty()) {
    const auto told = co_await fetch_gateway_bot();
    if (!told) co_return false;
    learn(*told);
  }
  services_.board.set_phase("waiting for shards of the fleet");
  agent_->start(*fleet_);
  co_return true;
}

/// As the coordinator asks. Without an answer it asks again after a while.
asio::awaitable<void> manager::tell_fleet_limit() {
  fleet::limit_answer answer;
  const auto told = co_await ask_gateway();
  if (told) {
    auto bot = told->bot;
    rest::assume_usual_limit(bot);
    answer.total_shards = parts().count_shards(services_.settings->gateway.total_shards, bot);
    answer.identifies_total = bot.identifies_total;
    answer.identifies_remaining = bot.identifies_remaining;
    answer.reset_after = bot.reset_after;
    answer.max_concurrency = bot.max_concurrency;
    answer.asked_at = told->asked_at;
  } else if (!stopping_) {
    services_.log->warn("identifies of the fleet wait for their limit: {}", told.error());
  }
  agent_->on_limit(answer);
}

void manager::drain(std::function<void()> done) {
  if (!agent_ || stopping_) return done();
  agent_->drain(std::move(done));
}

std::shared_ptr<const fleet::fleet_view> manager::view_fleet() const {
  if (!agent_) return nullptr;
  return std::make_shared<const fleet::fleet_view>(agent_->view());
}

void manager::handle(shard_released message) {
  // Questions of others have a nonce.
  if (fleet_ && message.nonce == 0) return fleet_->on_released(std::move(message));
  commands_.handle(std::move(message));
}

void manager::handle(const session_begun& message) {
  if (fleet_) fleet_->on_session(message);
}

void manager::handle(const positions_reached& message) {
  if (fleet_) fleet_->on_positions(message);
}

}  // namespace gatehouse::cluster
