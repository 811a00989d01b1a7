#include <gatehouse/net/channel.hpp>
#include <gatehouse/net/resolver.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <loopback.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <sys/resource.h>

namespace gatehouse::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using test::awaitable;

/// Stands in for the system: answers, fails or hangs as told. The resolver's threads may outlive
/// the test, so they hold it.
class name_servers {
 public:
  void answer(const std::string& host, resolved with) {
    const std::lock_guard lock{mutex_};
    answers_.insert_or_assign(host, std::move(with));
  }
  void hang(const std::string& host, bool does) {
    const std::lock_guard lock{mutex_};
    if (does) {
      hanging_.insert(host);
    } else {
      hanging_.erase(host);
    }
    changed_.notify_all();
  }
  resolved look_up(const std::string& host) {
    std::unique_lock lock{mutex_};
    ++asked_[host];
    most_at_once_ = std::max(most_at_once_, ++at_once_);
    changed_.notify_all();
    changed_.wait(lock, [&] { return !hanging_.contains(host); });
    --at_once_;
    const auto found = answers_.find(host);
    if (found != answers_.end()) return found->second;
    return error_code{asio::error::host_not_found};
  }
  void wait_until_asked(const std::string& host, int times) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return asked_[host] >= times; });
  }
  int asked(const std::string& host) {
    const std::lock_guard lock{mutex_};
    return asked_[host];
  }
  std::size_t most_at_once() {
    const std::lock_guard lock{mutex_};
    return most_at_once_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, resolved> answers_;
  std::set<std::string> hanging_;
  std::map<std::string, int> asked_;
  std::size_t at_once_ = 0;
  std::size_t most_at_once_ = 0;
};

class resolver_test : public test::loopback {
 protected:
  ~resolver_test() override {
    for (const auto* host : {"a.test", "b.test"}) servers_->hang(host, false);
  }

  resolved resolve(const std::string& host, runtime::time_point deadline = late()) {
    std::optional<resolved> got;
    run([&]() -> awaitable<void> { got = co_await names_.resolve(host, deadline); });
    return *std::move(got);
  }
  void resolve_in_background(const std::string& host, std::vector<resolved>& into) {
    start([this, host, &into]() -> awaitable<void> {
      into.push_back(co_await names_.resolve(host, late()));
    });
  }

  static host_addresses only(const char* address) { return {asio::ip::make_address(address)}; }
  static runtime::time_point late() { return runtime::clock::now() + runtime::seconds{60}; }
  static runtime::time_point soon() { return runtime::clock::now() + runtime::milliseconds{20}; }

  std::shared_ptr<name_servers> servers_ = std::make_shared<name_servers>();
  std::shared_ptr<std::atomic<runtime::time_point>> now_ =
      std::make_shared<std::atomic<runtime::time_point>>(runtime::clock::now());
  resolver names_{[servers = servers_](const std::string& host) { return servers->look_up(host); },
                  [now = now_] { return now->load(); }};
  void pass(runtime::duration time) { *now_ = now_->load() + time; }
};

TEST_F(resolver_test, an_answer_is_kept_for_a_while) {
  servers_->answer("a.test", only("127.0.0.1"));
  EXPECT_EQ(*resolve("a.test"), only("127.0.0.1"));
  servers_->answer("a.test", only("127.0.0.2"));
  EXPECT_EQ(*resolve("a.test"), only("127.0.0.1"));
  EXPECT_EQ(servers_->asked("a.test"), 1);
  pass(resolver::fresh_for);
  EXPECT_EQ(*resolve("a.test"), only("127.0.0.2"));
}

TEST_F(resolver_test, a_failure_is_kept_for_a_moment) {
  EXPECT_EQ(resolve("a.test").error(), asio::error::host_not_found);
  servers_->answer("a.test", only("127.0.0.1"));
  EXPECT_EQ(resolve("a.test").error(), asio::error::host_not_found);
  EXPECT_EQ(servers_->asked("a.test"), 1);
  pass(resolver::failed_for);
  EXPECT_EQ(*resolve("a.test"), only("127.0.0.1"));
}

TEST_F(resolver_test, the_last_answer_serves_while_a_lookup_fails) {
  servers_->answer("a.test", only("127.0.0.1"));
  EXPECT_TRUE(resolve("a.test"));
  servers_->answer("a.test", error_code{asio::error::host_not_found_try_again});
  pass(resolver::fresh_for);
  EXPECT_EQ(*resolve("a.test"), only("127.0.0.1"));
  EXPECT_EQ(servers_->asked("a.test"), 2);
}

TEST_F(resolver_test, the_last_answer_serves_while_a_lookup_hangs) {
  servers_->answer("a.test", only("127.0.0.1"));
  EXPECT_TRUE(resolve("a.test"));
  servers_->hang("a.test", true);
  pass(resolver::fresh_for);
  EXPECT_EQ(*resolve("a.test"), only("127.0.0.1"));
  pass(resolver::patience);
  EXPECT_EQ(*resolve("a.test"), only("127.0.0.1"));
  EXPECT_EQ(servers_->asked("a.test"), 2);
}

TEST_F(resolver_test, a_name_is_looked_up_once_for_all_who_ask) {
  servers_->answer("a.test", only("127.0.0.1"));
  servers_->hang("a.test", true);
  std::vector<resolved> got;
  for (int i = 0; i < 5; ++i) resolve_in_background("a.test", got);
  settle();
  servers_->wait_until_asked("a.test", 1);
  servers_->hang("a.test", false);
  loop().restart();
  while (got.size() < 5) loop().run_one();
  for (const auto& each : got) EXPECT_EQ(*each, only("127.0.0.1"));
  EXPECT_EQ(servers_->asked("a.test"), 1);
}

TEST_F(resolver_test, one_that_hangs_has_no_effect_on_another) {
  servers_->answer("b.test", only("127.0.0.1"));
  servers_->hang("a.test", true);
  EXPECT_EQ(resolve("a.test", soon()).error(), asio::error::timed_out);
  EXPECT_TRUE(resolve("b.test"));
  EXPECT_EQ(resolve("a.test", soon()).error(), asio::error::timed_out);
  EXPECT_EQ(servers_->asked("a.test"), 1);
}

TEST_F(resolver_test, the_threads_have_a_bound_and_names_wait_for_them) {
  const std::size_t count = resolver::most_threads + 8;
  std::vector<resolved> got;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string host = std::to_string(i) + ".test";
    servers_->answer(host, only("127.0.0.1"));
    servers_->hang(host, true);
    resolve_in_background(host, got);
  }
  settle();
  for (std::size_t i = 0; i < count; ++i) servers_->hang(std::to_string(i) + ".test", false);
  loop().restart();
  while (got.size() < count) loop().run_one();
  EXPECT_LE(servers_->most_at_once(), resolver::most_threads);
  for (const auto& each : got) EXPECT_TRUE(each);
}

TEST_F(resolver_test, a_caller_that_is_cancelled_leaves_at_once) {
  servers_->hang("a.test", true);
  asio::cancellation_signal cancel;
  std::optional<resolved> got;
  bool ended = false;
  asio::co_spawn(
      loop(), [&]() -> awaitable<void> { got = co_await names_.resolve("a.test", late()); },
      asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr) { ended = true; }));
  settle();
  cancel.emit(asio::cancellation_type::terminal);
  loop().restart();
  while (!ended) loop().run_one();
  if (got) {
    EXPECT_EQ(got->error(), asio::error::operation_aborted);
  }
}

/// The thread answers into nothing, which the sanitizers would notice.
TEST_F(resolver_test, a_caller_may_go_with_its_loop) {
  servers_->hang("a.test", true);
  {
    asio::io_context other;
    asio::co_spawn(
        other, [this]() -> awaitable<void> { co_await names_.resolve("a.test", late()); },
        [](const std::exception_ptr&) {});
    other.poll();
    servers_->wait_until_asked("a.test", 1);
  }
  servers_->hang("a.test", false);
  EXPECT_EQ(resolve("a.test").error(), asio::error::host_not_found);
}

TEST_F(resolver_test, dialling_ends_at_its_deadline_whatever_the_resolver_does) {
  servers_->hang("a.test", true);
  run([&]() -> awaitable<void> {
    const auto dialled = co_await dial(*parse_url("http://a.test/"), nullptr, soon(), names_);
    EXPECT_EQ(dialled.error(), asio::error::timed_out);
  });
}

TEST_F(resolver_test, literals_need_no_lookup) {
  for (const char* origin : {"http://127.0.0.1:1/", "http://[::1]:1/"}) {
    run([&]() -> awaitable<void> {
      EXPECT_TRUE((co_await dial(*parse_url(origin), nullptr, late(), names_)).has_error());
    });
  }
  EXPECT_EQ(servers_->asked("127.0.0.1") + servers_->asked("::1"), 0);
}

TEST_F(resolver_test, a_name_is_dialled_at_its_addresses_in_turn) {
  test::http_peer peer{loop()};
  servers_->answer("a.test", host_addresses{asio::ip::make_address("127.0.0.2"),
                                            asio::ip::make_address("127.0.0.1")});
  const auto to = *parse_url("http://a.test:" + std::to_string(peer.port()) + "/");
  run([&]() -> awaitable<void> { EXPECT_TRUE(co_await dial(to, nullptr, late(), names_)); });
}

TEST(system_resolver, knows_this_machine_and_says_what_it_does_not_know) {
  asio::io_context loop;
  const auto resolve = [&](const std::string& host) {
    std::optional<resolved> got;
    asio::co_spawn(
        loop,
        [&]() -> awaitable<void> {
          got = co_await resolver::of_process().resolve(
              host, runtime::clock::now() + runtime::seconds{60});
        },
        [](const std::exception_ptr&) {});
    loop.restart();
    loop.run();
    return *got;
  };
  const auto found = resolve("localhost");
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->front().is_loopback());
  EXPECT_TRUE(resolve("no name at all").has_error());
}

/// No thread to be had: an error like any other, and one that passes.
TEST_F(resolver_test, without_a_thread_the_lookup_fails_with_the_reason) {
  servers_->answer("a.test", only("127.0.0.1"));
  rlimit before{};
  ::getrlimit(RLIMIT_AS, &before);
  const rlimit none{1UL << 20, before.rlim_max};
  ::setrlimit(RLIMIT_AS, &none);
  const auto failed = resolve("a.test");
  ::setrlimit(RLIMIT_AS, &before);
  if (failed) GTEST_SKIP() << "this build gets a thread all the same";
  EXPECT_EQ(failed.error(), boost::system::errc::resource_unavailable_try_again);
  pass(resolver::failed_for);
  EXPECT_TRUE(resolve("a.test"));
}

}  // namespace
}  // namespace gatehouse::net
