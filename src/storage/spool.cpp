#include "spool_worker.hpp"

#include <gatehouse/storage/disk_thread.hpp>
#include <gatehouse/storage/spool.hpp>

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <utility>

namespace gatehouse::storage {
namespace {

/// Of payloads in one transaction: what waits longer than that for its commit gains nothing by it.
constexpr std::size_t group_bytes = std::size_t{4} << 20U;
constexpr std::size_t group_operations = 4'096;
/// When a removal that failed is tried again, if nothing else is asked for.
constexpr runtime::seconds retry_interval{1};

/// What an operation brings into memory or to the disk.
std::size_t weight_of(const spool_operation& operation) {
  std::size_t bytes = 0;
  if (const auto* store = std::get_if<store_operation>(&operation)) {
    for (const auto& block : store->wanted) bytes += block.events.bytes();
  }
  if (const auto* load = std::get_if<load_operation>(&operation)) bytes = load->wanted.max_bytes;
  return bytes;
}

}  // namespace

struct spool::impl {
  impl(const spool_options& options, telemetry::logger log)
      : worker(options, std::move(log), counters) {}

  void ask(spool_operation operation);
  std::vector<spool_operation> take_group();
  /// On the thread: until nothing waits.
  void work();
  bool has_work();
  void rest();
  void retry_later();

  spool_counters counters;
  spool_worker worker;            ///< of the thread
  bool is_retry_waiting = false;  ///< of the thread
  spool_contents found;

  std::mutex mutex;  ///< of what follows
  std::deque<spool_operation> waiting;
  bool is_work_posted = false;
  std::atomic<bool> is_ending = false;

  disk_thread thread{"spool"};  ///< last: ends before what it uses
};

void spool::impl::ask(spool_operation operation) {
  {
    const std::lock_guard lock{mutex};
    waiting.push_back(std::move(operation));
    if (std::exchange(is_work_posted, true)) return;
  }
  thread.post([this] { work(); });
}

std::vector<spool_operation> spool::impl::take_group() {
  std::vector<spool_operation> group;
  std::size_t bytes = 0;
  const std::lock_guard lock{mutex};
  while (!waiting.empty() && group.size() < group_operations) {
    bytes += weight_of(waiting.front());
    if (!group.empty() && bytes > group_bytes) break;
    group.push_back(std::move(waiting.front()));
    waiting.pop_front();
  }
  if (group.empty()) is_work_posted = false;
  return group;
}

void spool::impl::work() {
  for (auto group = take_group(); !group.empty(); group = take_group()) {
    worker.carry_out(std::move(group));
  }
  rest();
  retry_later();
}

bool spool::impl::has_work() {
  const std::lock_guard lock{mutex};
  return !waiting.empty();
}

/// Bit by bit, so that neither new events nor the end have to wait for a large file to shrink.
void spool::impl::rest() {
  if (is_ending || !worker.rest()) return;
  thread.post([this] {
    if (!has_work()) rest();
  });
}

void spool::impl::retry_later() {
  if (!worker.has_unwritten() || std::exchange(is_retry_waiting, true)) return;
  thread.post_after(retry_interval, [this] {
    is_retry_waiting = false;
    worker.carry_out({});
    rest();
    retry_later();
  });
}

spool::spool(const spool_options& options, telemetry::logger log)
    : impl_(std::make_unique<impl>(options, std::move(log))) {
  impl_->thread.run([this] { impl_->found = impl_->worker.open(); });
}

spool::~spool() {
  impl_->is_ending = true;
  impl_->thread.run([this] {
    impl_->work();
    if (impl_->worker.has_unwritten()) impl_->worker.carry_out({});
  });
}

const std::vector<queue_summary>& spool::found() const noexcept {
  return impl_->found.queues;
}

const std::string& spool::found_routing() const noexcept {
  return impl_->found.routing;
}

void spool::remember_routing(std::string text) {
  impl_->ask(spool_changes{{}, std::move(text)});
}

std::uint64_t spool::next_id() noexcept {
  return impl_->counters.next_id++;
}

void spool::store(std::vector<new_block> blocks, std::function<void(store_result)> done) {
  impl_->ask(store_operation{std::move(blocks), std::move(done)});
}

void spool::remove(const std::vector<std::uint64_t>& ids) {
  spool_changes changes;
  for (const auto id : ids) changes.blocks[id].becomes = block_change::fate::done;
  if (!changes.empty()) impl_->ask(std::move(changes));
}

void spool::mark(std::uint64_t id, std::vector<event_mark> marks) {
  spool_changes changes;
  changes.blocks[id].all = std::move(marks);
  impl_->ask(std::move(changes));
}

void spool::mark_one(std::uint64_t id, std::size_t index, event_mark mark) {
  spool_changes changes;
  changes.blocks[id].some[index] = mark;
  impl_->ask(std::move(changes));
}

void spool::load(load_request wanted, std::function<void(load_result)> done) {
  impl_->ask(load_operation{std::move(wanted), std::move(done)});
}

void spool::shed(shed_request wanted, std::function<void(std::vector<shed_count>)> done) {
  impl_->ask(shed_operation{std::move(wanted), std::move(done)});
}

void spool::set_limit(std::uint64_t limit_bytes) noexcept {
  impl_->counters.limit_bytes = limit_bytes;
}

spool_usage spool::usage() const noexcept {
  const spool_counters& now = impl_->counters;
  return {.bytes = now.bytes,
          .limit_bytes = now.limit_bytes,
          .events = now.events,
          .is_working = now.is_working,
          .write_failures = now.write_failures,
          .lost_events = now.lost_events};
}

}  // namespace gatehouse::storage
