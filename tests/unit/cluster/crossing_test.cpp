#include <gatehouse/cluster/crossing.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>

namespace gatehouse::cluster {
namespace {

namespace asio = boost::asio;

asio::awaitable<std::thread::id> where() {
  co_return std::this_thread::get_id();
}

asio::awaitable<int> fails() {
  throw std::runtime_error{"on the other side"};
  co_return 1;
}

asio::awaitable<int> waits_for_ever() {
  asio::steady_timer timer{co_await asio::this_coro::executor, runtime::time_point::max()};
  co_await timer.async_wait(asio::use_awaitable);
  co_return 1;
}

class crossing_test : public testing::Test {
 public:
  ~crossing_test() override {
    guard.reset();
    there.stop();
    thread.join();
  }

  asio::io_context there;
  asio::executor_work_guard<asio::io_context::executor_type> guard{there.get_executor()};
  std::thread thread{[this] { there.run(); }};
};

TEST_F(crossing_test, works_there_and_resumes_here) {
  asio::io_context here;
  const auto here_id = std::this_thread::get_id();
  int times = 0;
  asio::co_spawn(
      here,
      [&]() -> asio::awaitable<void> {
        for (; times < 1'000; ++times) {
          const auto worked_on =
              co_await cross_over<std::thread::id>(there.get_executor(), where());
          EXPECT_EQ(worked_on, thread.get_id());
          EXPECT_EQ(std::this_thread::get_id(), here_id);
        }
      },
      asio::detached);
  here.run();
  EXPECT_EQ(times, 1'000);
}

TEST_F(crossing_test, brings_exceptions_back) {
  asio::io_context here;
  std::string caught;
  asio::co_spawn(
      here,
      [&]() -> asio::awaitable<void> {
        try {
          co_await cross_over<int>(there.get_executor(), fails());
        } catch (const std::runtime_error& error) {
          caught = error.what();
        }
      },
      asio::detached);
  here.run();
  EXPECT_EQ(caught, "on the other side");
}

TEST_F(crossing_test, a_caller_may_be_gone_before_the_answer) {
  for (int i = 0; i < 200; ++i) {
    asio::io_context here;
    asio::co_spawn(here, cross_over<std::thread::id>(there.get_executor(), where()),
                   asio::detached);
    here.poll();  // starts it; then its coroutine goes with its executor
  }
}

TEST_F(crossing_test, the_other_side_may_never_answer) {
  asio::io_context here;
  asio::co_spawn(here, cross_over<int>(there.get_executor(), waits_for_ever()), asio::detached);
  here.poll();
  EXPECT_FALSE(here.stopped());
}

}  // namespace
}  // namespace gatehouse::cluster
