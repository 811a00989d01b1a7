#include <gatehouse/fleet/agent.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <bit>

namespace gatehouse::fleet {
namespace {

/// Ticks a heartbeat.
constexpr int ticks = 5;
constexpr runtime::milliseconds shortest_tick{10};
/// Before the bucket is looked for again, and before that is said again.
constexpr runtime::milliseconds bucket_retry{200};
constexpr runtime::seconds bucket_saying{30};
/// For the first connection, before its absence is worth a word.
constexpr runtime::seconds connect_grace{3};

}  // namespace

agent::agent(boost::asio::io_context& context, nats::engine& engine, agent_settings settings,
             telemetry::logger log)
    : context_(context),
      engine_(engine),
      settings_(std::move(settings)),
      log_(std::move(log)),
      bucket_(settings_.name + "_state"),
      client_(engine_.make_client(context_.get_executor())),
      timer_(context) {}

agent::~agent() = default;

void agent::start(shard_port& shards) {
  shards_ = &shards;
  began_ = runtime::clock::now();
  prepare_bucket();
}

void agent::stop() {
  is_stopped_ = true;
  timer_.cancel();
  ears_.clear();
  client_.reset();  // with it go the answers that are due
  when_drained_ = nullptr;
}

// ---- the bucket ----

void agent::prepare_bucket() {
  if (is_stopped_) return;
  client_->describe_stream("KV_" + bucket_, [this](auto found) { on_bucket(found); });
}

void agent::on_bucket(const nats::result<nats::stream_info>& found) {
  if (found) {
    if (found->settings.replicas < 2) {
      log_->warn("the bucket {} is on one NATS server alone: no member can act while that is away",
                 bucket_);
    }
    return join();
  }
  const auto& why = found.error();
  const bool is_missing = why.what == nats::errc::not_found;
  if (!is_missing || !settings_.creates) return try_bucket_again(why);
  client_->create_stream(nats::bucket_settings(bucket_, settings_.replicas),
                         [this](auto made) { on_created(made); });
}

/// Another member may have been faster: looked at again in any case.
void agent::on_created(const nats::result<nats::stream_info>& made) {
  if (!made) return try_bucket_again(made.error());
  log_->info("the bucket {} is created, with {} replicas", bucket_, settings_.replicas);
  prepare_bucket();
}

/// Without it nobody can know who holds what: it is waited for.
void agent::try_bucket_again(const nats::failure& why) {
  const auto now = runtime::clock::now();
  const bool is_connecting = why.what == nats::errc::not_connected && now - began_ < connect_grace;
  if (!is_connecting && (!told_of_bucket_ || now - *told_of_bucket_ >= bucket_saying)) {
    told_of_bucket_ = now;
    log_->warn("waiting for the bucket {} of NATS: {}", bucket_, nats::to_text(why));
  }
  timer_.expires_after(bucket_retry);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) prepare_bucket();
  });
}

// ---- the member ----

void agent::join() {
  const auto& name = settings_.name;
  listen(name + ".hb");
  listen(name + ".news");
  listen(name + ".coordinator");
  listen(name + ".m." + settings_.member.member);
  member_ = std::make_unique<member>(settings_.member, runtime::clock::now());
  tick();
}

void agent::listen(const std::string& subject) {
  ears_.push_back(
      client_->subscribe(subject, [this](const nats::message& received) { hear(received); }));
}

void agent::hear(const nats::message& received) {
  if (is_stopped_) return;
  const auto content = read_message(received.payload);
  if (!content) {
    if (std::has_single_bit(++bad_messages_)) {
      log_->warn("a message on {} makes no sense and is ignored: {}", received.subject,
                 content.error());
    }
    return;
  }
  step([&](auto& to, auto now) { to.on_message(*content, now); });
}

template <class Input>
void agent::step(Input&& input) {
  if (!member_ || is_stopped_) return;
  input(*member_, runtime::clock::now());
  perform();
}

void agent::answer(const std::string& key, const key_answer& told) {
  if (told.what != key_answer::result::unanswered) answered_ = runtime::clock::now();
  if (told.what == key_answer::result::refused) ++writes_refused_;
  step([&](auto& to, auto now) { to.on_answer(key, told, now); });
}

void agent::tick() {
  if (is_stopped_) return;
  step([](auto& to, auto now) { to.tick(now); });
  check_drained();
  if (is_stopped_) return;
  const auto period =
      std::max<runtime::duration>(settings_.member.heartbeat / ticks, shortest_tick);
  timer_.expires_after(period);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

// ---- what the shards report ----

void agent::on_session(int shard_id, session_record session) {
  step([&](auto& to, auto now) { to.on_session(shard_id, std::move(session), now); });
}

void agent::on_released(int shard_id, std::optional<session_record> session) {
  step([&](auto& to, auto now) { to.on_released(shard_id, std::move(session), now); });
}

void agent::want_identify(int shard_id) {
  step([&](auto& to, auto now) { to.want_identify(shard_id, now); });
}

void agent::withdraw_identify(int shard_id) {
  step([&](auto& to, auto) { to.withdraw_identify(shard_id); });
}

void agent::on_leave_over(const granted_leave& leave, bool was_sent) {
  step([&](auto& to, auto now) { to.on_leave_over(leave, was_sent, now); });
}

void agent::checkpoint(const std::vector<std::pair<int, std::int64_t>>& seqs) {
  step([&](auto& to, auto now) { to.checkpoint(seqs, now); });
}

void agent::on_limit(const limit_answer& told) {
  step([&](auto& to, auto now) { to.on_limit(told, now); });
}

// ---- the end ----

namespace {

std::size_t count_busy(const member& of) {
  return static_cast<std::size_t>(
      std::count_if(of.holds().begin(), of.holds().end(),
                    [](const auto& each) { return each.second.now_in != hold::stage::idle; }));
}

/// Whether another member might take shards.
bool has_heirs(const member& of, const std::string& fingerprint, runtime::time_point now) {
  const auto alive = of.members().alive(now);
  return std::any_of(alive.begin(), alive.end(), [&](const heartbeat* each) {
    return each->from.member != of.self().member && each->state == member_state::ready &&
           each->fingerprint == fingerprint;
  });
}

}  // namespace

void agent::drain(std::function<void()> done) {
  if (!member_ || is_stopped_) return done();
  when_drained_ = std::move(done);
  left_to_give_ = count_busy(*member_);
  drain_moved_ = runtime::clock::now();
  log_->info("giving {} shards to the other members", left_to_give_);
  step([](auto& to, auto now) { to.drain(now); });
  check_drained();
}

void agent::check_drained() {
  if (!when_drained_) return;
  const auto now = runtime::clock::now();
  const auto left = count_busy(*member_);
  if (left < left_to_give_) drain_moved_ = now;
  left_to_give_ = left;
  const bool is_stuck = now - drain_moved_ >= patience;
  if (left > 0 && !is_stuck && has_heirs(*member_, settings_.member.fingerprint, now)) return;
  if (left > 0) {
    log_->warn("{} shards stay in this member's name: {}", left,
               is_stuck ? "nobody has taken them in time" : "there is nobody to take them");
  }
  std::exchange(when_drained_, nullptr)();
}

}  // namespace gatehouse::fleet
