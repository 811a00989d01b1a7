#include <gatehouse/storage/disk_thread.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <numeric>
#include <thread>
#include <vector>

namespace gatehouse::storage {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(disk_thread, runs_tasks_in_the_order_of_their_posts) {
  std::vector<int> ran;
  {
    disk_thread thread{"test"};
    for (int i = 0; i < 100; ++i) thread.post([&ran, i] { ran.push_back(i); });
  }
  std::vector<int> expected(100);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(ran, expected);
}

TEST(disk_thread, the_destructor_runs_what_a_task_has_posted) {
  bool has_run = false;
  {
    disk_thread thread{"test"};
    thread.post([&] { thread.post([&] { has_run = true; }); });
  }
  EXPECT_TRUE(has_run);
}

TEST(disk_thread, run_waits_for_the_end_on_the_other_thread) {
  disk_thread thread{"test"};
  std::thread::id ran_on;
  thread.run([&] { ran_on = std::this_thread::get_id(); });
  EXPECT_NE(ran_on, std::thread::id{});
  EXPECT_NE(ran_on, std::this_thread::get_id());
}

TEST(disk_thread, delayed_tasks_run_by_their_time) {
  disk_thread thread{"test"};
  std::vector<int> ran;
  std::promise<void> ended;
  thread.run([&] {  // so that both wait when the thread looks next
    thread.post_after(milliseconds{20}, [&] {
      ran.push_back(2);
      ended.set_value();
    });
    thread.post_after(milliseconds{1}, [&] { ran.push_back(1); });
  });
  ended.get_future().wait();
  EXPECT_EQ(ran, (std::vector{1, 2}));
}

TEST(disk_thread, does_not_wait_at_its_end_for_what_is_not_due) {
  std::atomic<bool> has_run = false;
  {
    disk_thread thread{"test"};
    thread.post_after(hours{1}, [&] { has_run = true; });
  }
  EXPECT_FALSE(has_run);
}

}  // namespace
}  // namespace gatehouse::storage
