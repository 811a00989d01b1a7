#include <gatehouse/storage/persistence.hpp>

#include <spdlog/spdlog.h>

#include <stdexcept>
#include <utility>

namespace gatehouse::storage {
namespace {

/// A session lives on at Discord for a few minutes without a connection, and systemd gives a start
/// 90 seconds: twice this, for two files, fits both.
constexpr runtime::seconds patience{30};

}  // namespace

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
  sessions_.emplace(folder_.path(), *disk_, log, patience);
  dead_letters_.emplace(folder_.path(), *disk_, log, settings.state.dead_letter_bytes);
  if (settings.queue.spool_bytes > 0) {
    spool_.emplace(spool_options{.folder = folder_.path(),
                                 .limit_bytes = settings.queue.spool_bytes,
                                 .url_of = std::move(url_of),
                                 .patience = patience},
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
