#include <gatehouse/storage/disk_thread.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <future>
#include <memory>
#include <pthread.h>
#include <utility>

namespace gatehouse::storage {

disk_thread::disk_thread(const char* name)
    : guard_(context_.get_executor()), thread_([this] { work(); }) {
  ::pthread_setname_np(thread_.native_handle(), name);  // a nicety: its failure is ignored
}

disk_thread::~disk_thread() {
  post([this] { context_.stop(); });
  thread_.join();
}

void disk_thread::work() noexcept {
  context_.run();
  context_.restart();
  context_.poll();  // what the last tasks have posted, behind the one that stopped it
}

void disk_thread::post(std::function<void()> task) {
  boost::asio::post(context_, std::move(task));
}

void disk_thread::post_after(runtime::duration delay, std::function<void()> task) {
  auto timer = std::make_unique<boost::asio::steady_timer>(context_, delay);
  auto& waiting = *timer;
  waiting.async_wait([timer = std::move(timer), task = std::move(task)](const auto&) { task(); });
}

void disk_thread::run(const std::function<void()>& task) {
  // Shared: the waiting end may be gone before `set_value` has returned.
  const auto ended = std::make_shared<std::promise<void>>();
  post([&task, ended] {
    task();
    ended->set_value();
  });
  ended->get_future().wait();
}

}  // namespace gatehouse::storage
