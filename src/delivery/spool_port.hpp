#pragma once

#include <gatehouse/delivery/backlog.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace gatehouse::delivery {

/// Brings the answers of the spool's thread to a worker's. Once it is gone they are heard by
/// nobody.
class spool_port final : public block_store {
 public:
  /// `told` is called after every answer. All must outlive it.
  spool_port(boost::asio::io_context& io, storage::spool& spool, std::function<void()> told)
      : spool_(spool), told_(std::move(told)), back_(std::make_shared<way_back>()) {
    back_->io = &io;
  }
  ~spool_port() override {
    const std::lock_guard lock{back_->mutex};
    back_->io = nullptr;
  }
  spool_port(const spool_port&) = delete;
  spool_port& operator=(const spool_port&) = delete;

  std::uint64_t next_id() override { return spool_.next_id(); }
  void store(std::vector<storage::new_block> blocks,
             std::function<void(const storage::store_result&)> done) override {
    spool_.store(std::move(blocks), on_worker<storage::store_result>(std::move(done)));
  }
  void remove(const std::vector<std::uint64_t>& ids) override { spool_.remove(ids); }
  void mark(std::uint64_t id, std::vector<storage::event_mark> marks) override {
    spool_.mark(id, std::move(marks));
  }
  void mark_one(std::uint64_t id, std::size_t index, storage::event_mark mark) override {
    spool_.mark_one(id, index, mark);
  }
  void load(storage::load_request wanted,
            std::function<void(const storage::load_result&)> done) override {
    spool_.load(std::move(wanted), on_worker<storage::load_result>(std::move(done)));
  }
  void shed(storage::shed_request wanted,
            std::function<void(const std::vector<storage::shed_count>&)> done) override {
    spool_.shed(std::move(wanted), on_worker<std::vector<storage::shed_count>>(std::move(done)));
  }
  [[nodiscard]] bool is_nearly_full() const override {
    const auto usage = spool_.usage();
    return usage.bytes > usage.limit_bytes / 16 * 15;
  }

  /// Answers that are still to come.
  [[nodiscard]] std::size_t under_way() const noexcept { return under_way_; }

 private:
  /// Where the spool's thread leaves its answers, as long as somebody waits for them.
  struct way_back {
    std::mutex mutex;
    boost::asio::io_context* io = nullptr;  ///< null: nobody does
  };

  template <class Result>
  std::function<void(Result)> on_worker(std::function<void(Result)> done) {
    ++under_way_;
    return [this, back = back_, done = std::move(done)](Result result) {
      const std::lock_guard lock{back->mutex};
      if (back->io == nullptr) return;
      boost::asio::post(*back->io, [this, back, done, result = std::move(result)]() mutable {
        if (back->io == nullptr) return;
        --under_way_;
        done(std::move(result));
        told_();
      });
    };
  }

  storage::spool& spool_;
  std::function<void()> told_;
  std::shared_ptr<way_back> back_;
  std::size_t under_way_ = 0;
};

}  // namespace gatehouse::delivery
