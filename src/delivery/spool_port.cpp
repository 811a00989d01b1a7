#include "spool_port.hpp"

#include <boost/asio/post.hpp>

#include <mutex>

namespace gatehouse::delivery {

/// Where the spool's thread leaves its answers, as long as somebody waits for them.
struct spool_port::way_back {
  std::mutex mutex;
  boost::asio::io_context* io;  ///< null: nobody does
};

spool_port::spool_port(boost::asio::io_context& io, storage::spool& spool,
                       std::function<void()> told)
    : spool_(spool), told_(std::move(told)), back_(std::make_shared<way_back>()) {
  back_->io = &io;
}

spool_port::~spool_port() {
  const std::lock_guard lock{back_->mutex};
  back_->io = nullptr;
}

template <class Result>
std::function<void(Result)> spool_port::on_worker(std::function<void(Result)> done) {
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

void spool_port::store(std::vector<storage::new_block> blocks,
                       std::function<void(const storage::store_result&)> done) {
  spool_.store(std::move(blocks), on_worker<storage::store_result>(std::move(done)));
}

void spool_port::load(storage::load_request wanted,
                      std::function<void(const storage::load_result&)> done) {
  spool_.load(std::move(wanted), on_worker<storage::load_result>(std::move(done)));
}

void spool_port::shed(storage::shed_request wanted,
                      std::function<void(const std::vector<storage::shed_count>&)> done) {
  spool_.shed(std::move(wanted), on_worker<std::vector<storage::shed_count>>(std::move(done)));
}

bool spool_port::is_nearly_full() const {
  const auto usage = spool_.usage();
  return usage.bytes > usage.limit_bytes / 16 * 15;
}

}  // namespace gatehouse::delivery
