#pragma once

#include <gatehouse/delivery/backlog.hpp>

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace gatehouse::delivery {

/// Brings the answers of the spool's thread to a worker's. Once it is gone they are heard by
/// nobody.
class spool_port final : public block_store {
 public:
  /// `told` is called after every answer. All must outlive it.
  spool_port(boost::asio::io_context& io, storage::spool& spool, std::function<void()> told);
  ~spool_port() override;
  spool_port(const spool_port&) = delete;
  spool_port& operator=(const spool_port&) = delete;

  std::uint64_t next_id() override { return spool_.next_id(); }
  void store(std::vector<storage::new_block> blocks,
             std::function<void(const storage::store_result&)> done) override;
  void remove(const std::vector<std::uint64_t>& ids) override { spool_.remove(ids); }
  void mark(std::uint64_t id, std::vector<storage::event_mark> marks) override {
    spool_.mark(id, std::move(marks));
  }
  void mark_one(std::uint64_t id, std::size_t index, storage::event_mark mark) override {
    spool_.mark_one(id, index, mark);
  }
  void load(storage::load_request wanted,
            std::function<void(const storage::load_result&)> done) override;
  void shed(storage::shed_request wanted,
            std::function<void(const std::vector<storage::shed_count>&)> done) override;
  [[nodiscard]] bool is_nearly_full() const override;

  /// Answers that are still to come.
  [[nodiscard]] std::size_t under_way() const noexcept { return under_way_; }

 private:
  struct way_back;

  template <class Result>
  std::function<void(Result)> on_worker(std::function<void(Result)> done);

  storage::spool& spool_;
  std::function<void()> told_;
  std::shared_ptr<way_back> back_;
  std::size_t under_way_ = 0;
};

}  // namespace gatehouse::delivery
