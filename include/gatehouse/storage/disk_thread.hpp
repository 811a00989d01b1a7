#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <thread>

namespace gatehouse::storage {

/// A thread for what may wait for the disk, so that no thread that serves a network has to. Tasks
/// run one after another in the order of `post`, which may be called from any thread. An exception
/// of a task ends the process: tasks deal with their errors.
class disk_thread {
 public:
  explicit disk_thread(const char* name);
  /// Runs what was posted, then ends. What is not due yet is not run.
  ~disk_thread();
  disk_thread(const disk_thread&) = delete;
  disk_thread& operator=(const disk_thread&) = delete;

  void post(std::function<void()> task);
  void post_after(runtime::duration delay, std::function<void()> task);
  /// Runs a task there and waits for its end. Not from the thread itself.
  void run(const std::function<void()>& task);

 private:
  void work() noexcept;

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::thread thread_;
};

}  // namespace gatehouse::storage
