#include "nats_double.hpp"

#include "nats_servers.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <utility>

namespace gatehouse::nats {

namespace asio = boost::asio;

namespace {

using servers = nats_double::servers;

struct process_state {
  std::shared_ptr<servers> all;
  std::atomic<trouble> now = trouble::none;
  std::atomic<std::uint64_t> calls = 0;
};

/// Brings something to an executor unless its receiver is gone by then.
class receiver {
 public:
  explicit receiver(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  template <class Work>
  void post(Work work) const {
    asio::post(executor_, [alive = std::weak_ptr{alive_}, work = std::move(work)]() mutable {
      if (!alive.expired()) work();
    });
  }
  [[nodiscard]] const asio::any_io_executor& executor() const noexcept { return executor_; }

 private:
  asio::any_io_executor executor_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

class double_subscription final : public subscription {
 public:
  double_subscription(std::shared_ptr<process_state> process, asio::any_io_executor executor,
                      std::string subject, std::function<void(message)> on_message)
      : process_(std::move(process)), receiver_(std::move(executor)) {
    const std::lock_guard lock{process_->all->mutex};
    id_ = ++process_->all->next_id;
    auto heard = std::make_shared<std::function<void(message)>>(std::move(on_message));
    auto take = [this, heard](const message& got) {
      if (process_->now == trouble::not_connected) return;
      receiver_.post([heard, got] { (*heard)(got); });
    };
    process_->all->listeners.emplace(id_, servers::listener{std::move(subject), std::move(take)});
  }
  ~double_subscription() override {
    const std::lock_guard lock{process_->all->mutex};
    process_->all->listeners.erase(id_);
  }
  double_subscription(const double_subscription&) = delete;
  double_subscription& operator=(const double_subscription&) = delete;

 private:
  std::shared_ptr<process_state> process_;
  receiver receiver_;
  std::uint64_t id_ = 0;
};

class double_client final : public client {
 public:
  double_client(std::shared_ptr<process_state> process, asio::any_io_executor executor)
      : process_(std::move(process)), receiver_(std::move(executor)) {}
  /// Under the lock, as another process may be about to answer it.
  ~double_client() override {
    const std::lock_guard lock{all().mutex};
    alive_.reset();
  }
  double_client(const double_client&) = delete;
  double_client& operator=(const double_client&) = delete;

  void compare_and_set(std::string bucket, std::string key, std::string value,
                       std::uint64_t expected_revision, answer<std::uint64_t> done) override {
    message put{"$KV." + bucket + "." + key, std::move(value), {}, {}};
    perform<std::uint64_t>(std::move(done), [&]() -> result<std::uint64_t> {
      auto kept = store(put, expected_revision, "KV_" + bucket);
      if (!kept) return kept.error();
      return kept->sequence;
    });
  }

  void get(std::string bucket, std::string key, answer<entry> done) override {
    perform<entry>(std::move(done), [&]() -> result<entry> {
      return with_stream<entry>("KV_" + bucket, [&](memory_stream& stream) -> result<entry> {
        const auto found = stream.last("$KV." + bucket + "." + key);
        if (!found) return found.error();
        return entry{found->content.payload, found->sequence};
      });
    });
  }

  void keys(std::string bucket, std::string pattern,
            answer<std::vector<std::string>> done) override {
    using names = std::vector<std::string>;
    const std::string prefix = "$KV." + bucket + ".";
    perform<names>(std::move(done), [&]() -> result<names> {
      return with_stream<names>("KV_" + bucket, [&](memory_stream& stream) -> result<names> {
        auto found = stream.subjects(prefix + pattern);
        for (auto& each : found) each.erase(0, prefix.size());
        return found;
      });
    });
  }

  void publish(message sent) override {
    if (process_->now == trouble::not_connected) return;
    const std::lock_guard lock{all().mutex};
    all().spread(sent);
    if (auto* stream = all().stream_of(sent.subject)) (void)stream->add(sent, std::nullopt);
  }

  void request(message asked, runtime::duration timeout, answer<message> done) override {
    ++process_->calls;
    if (process_->now == trouble::not_connected) {
      return reply<message>(std::move(done), failure{errc::not_connected, {}, 0});
    }
    const std::lock_guard lock{all().mutex};
    asked.reply_to = "_INBOX.double." + std::to_string(++all().next_id);
    auto waiting = std::make_shared<answer<message>>(std::move(done));
    auto timer = std::make_shared<asio::steady_timer>(receiver_.executor(), timeout);
    all().requests.emplace(asked.reply_to, servers::waiting_request{
                                               [this, waiting, timer,
                                                alive = std::weak_ptr{alive_}](const message& got) {
                                                 if (alive.expired()) return;
                                                 receiver_.post([waiting, timer, got] {
                                                   timer->cancel();
                                                   if (auto once = std::exchange(*waiting, nullptr))
                                                     once(got);
                                                 });
                                               }});
    if (all().spread(asked) == 0) {
      all().requests.erase(asked.reply_to);
      return receiver_.post([waiting] {
        if (auto once = std::exchange(*waiting, nullptr))
          once(failure{errc::no_responders, {}, 503});
      });
    }
    timer->async_wait([waiting, timer, alive = std::weak_ptr{alive_}, shared = process_->all,
                       subject = asked.reply_to](const boost::system::error_code& stopped) {
      if (stopped || alive.expired()) return;
      {
        const std::lock_guard relock{shared->mutex};
        shared->requests.erase(subject);
      }
      if (auto once = std::exchange(*waiting, nullptr)) once(failure{errc::timed_out, {}, 0});
    });
  }

  std::unique_ptr<subscription> subscribe(std::string subject,
                                          std::function<void(message)> on_message) override {
    return std::make_unique<double_subscription>(process_, receiver_.executor(), std::move(subject),
                                                 std::move(on_message));
  }

  void append(message sent, answer<stored> done) override {
    perform<stored>(std::move(done), [&] { return store(sent, std::nullopt, {}); });
  }

  void read_next(std::string stream, std::string subject, std::uint64_t from_sequence,
                 answer<stored_message> done) override {
    perform<stored_message>(std::move(done), [&] {
      return with_stream<stored_message>(
          stream, [&](memory_stream& found) { return found.next(subject, from_sequence); });
    });
  }

  void erase(std::string stream, std::uint64_t sequence, answer<void> done) override {
    perform<void>(std::move(done), [&] {
      return with_stream<void>(stream, [&](memory_stream& found) { return found.erase(sequence); });
    });
  }

  void describe_stream(std::string name, answer<stream_info> done) override {
    perform<stream_info>(std::move(done), [&] {
      return with_stream<stream_info>(
          name, [](memory_stream& found) -> result<stream_info> { return found.info(); });
    });
  }

  void find_stream(std::string subject, answer<stream_info> done) override {
    perform<stream_info>(std::move(done), [&]() -> result<stream_info> {
      if (const auto* found = all().stream_of(subject)) return found->info();
      return failure{errc::not_found, "no stream listens to " + subject, 404};
    });
  }

  void create_stream(stream_settings wanted, answer<stream_info> done) override {
    perform<stream_info>(std::move(done), [&]() -> result<stream_info> {
      if (const auto* there = all().find(wanted.name)) {
        if (there->info().settings == wanted) return there->info();
        return failure{errc::refused, "stream name already in use", 400};
      }
      const std::string name = wanted.name;
      return all().streams.emplace(name, memory_stream{std::move(wanted)}).first->second.info();
    });
  }

 private:
  [[nodiscard]] servers& all() const noexcept { return *process_->all; }

  template <class Value>
  void reply(answer<Value> done, result<Value> got) {
    receiver_.post(
        [done = std::move(done), got = std::move(got)]() mutable { done(std::move(got)); });
  }

  /// A call with an answer, as far as the process's trouble lets it happen.
  template <class Value, class Act>
  void perform(answer<Value> done, const Act& act) {
    ++process_->calls;
    switch (process_->now) {
      case trouble::not_connected:
        return reply<Value>(std::move(done), failure{errc::not_connected, {}, 0});
      case trouble::no_responders:
        return reply<Value>(std::move(done), failure{errc::no_responders, {}, 503});
      case trouble::timed_out:
        return reply<Value>(std::move(done), failure{errc::timed_out, {}, 0});
      case trouble::none:
      case trouble::answer_lost:
      case trouble::full:
      case trouble::in_progress:
        break;
    }
    const std::lock_guard lock{all().mutex};
    result<Value> got = act();
    if (process_->now == trouble::answer_lost) got = failure{errc::timed_out, {}, 0};
    reply<Value>(std::move(done), std::move(got));
  }

  template <class Value, class Act>
  result<Value> with_stream(std::string_view name, const Act& act) {
    if (auto* found = all().find(name)) return act(*found);
    return failure{errc::not_found, "stream not found", 404};
  }

  /// `bucket`: the stream that must exist, empty for any that listens.
  result<stored> store(const message& sent, std::optional<std::uint64_t> expected,
                       const std::string& bucket) {
    if (static_cast<std::int64_t>(sent.payload.size()) > all().max_payload_bytes) {
      return failure{errc::too_large, {}, 0};
    }
    if (process_->now == trouble::full) return failure{errc::full, "maximum bytes exceeded", 503};
    if (process_->now == trouble::in_progress) {
      return failure{errc::in_progress, "duplicate message id is in process", 409};
    }
    auto* stream = bucket.empty() ? all().stream_of(sent.subject) : all().find(bucket);
    if (stream == nullptr) return failure{errc::no_responders, {}, 503};
    return stream->add(sent, expected);
  }

  std::shared_ptr<process_state> process_;
  receiver receiver_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

class double_process final : public nats_double::process {
 public:
  explicit double_process(std::shared_ptr<servers> all)
      : state_(std::make_shared<process_state>()) {
    state_->all = std::move(all);
  }

  std::unique_ptr<client> make_client(asio::any_io_executor answers_on) override {
    return std::make_unique<double_client>(state_, std::move(answers_on));
  }
  connection_status status() const override {
    const bool is_connected = state_->now != trouble::not_connected;
    return {is_connected,
            "nats://double:4222",
            state_->all->max_payload_bytes,
            is_connected ? "" : "connection refused",
            0,
            0};
  }
  void set_trouble(trouble now) override { state_->now = now; }
  std::uint64_t calls() const override { return state_->calls; }

 private:
  std::shared_ptr<process_state> state_;
};

}  // namespace

nats_double::nats_double(std::int64_t max_payload_bytes) : servers_(std::make_shared<servers>()) {
  servers_->max_payload_bytes = max_payload_bytes;
}

nats_double::~nats_double() = default;

std::unique_ptr<nats_double::process> nats_double::make_process() {
  return std::make_unique<double_process>(servers_);
}

}  // namespace gatehouse::nats
