#include <gatehouse/storage/persistence.hpp>

#include <spdlog/spdlog.h>

#include <stdexcept>
#include <utility>

namespace gatehouse::storage {

persistence::persistence(const config::settings& settings, const telemetry::logger& log,
                         url_finder url_of)
    : folder_(settings.state.dir) {
  switch (folder_.status()) {
    case state_folder::state::occupied:
      throw std::runtime_error("state.dir: " + folder_.reason());
    case state_folder::state::unusable:
      log->error("state.dir: {}; events and sessions are kept in memory only", folder_.reason());
      return;
    case state_folder::state::open:
      break;
  }
  disk_.emplace("state");
  sessions_.emplace(folder_.path(), *disk_, log);
  dead_letters_.emplace(folder_.path(), *disk_, log, settings.state.dead_letter_bytes);
  if (settings.queue.spool_bytes > 0) {
    spool_.emplace(spool_options{folder_.path(), settings.queue.spool_bytes, std::move(url_of)},
                   log);
  }
}

persistence::~persistence() = default;

void persistence::flush() {
  if (disk_) disk_->run([] {});
}

void persistence::close() {
  spool_.reset();
  flush();
  is_complete_ = true;  // but for the logs of the databases, which the next start reads
  dead_letters_.reset();
  sessions_.reset();
  disk_.reset();
}

}  // namespace gatehouse::storage
