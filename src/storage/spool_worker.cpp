#include "spool_worker.hpp"

#include "database_file.hpp"

#include <spdlog/logger.h>

#include <utility>

namespace gatehouse::storage {

using runtime::clock;

namespace {

/// Below, an empty file is left as it is: it would grow again with the next event.
constexpr std::uint64_t least_worth_giving_back = 1U << 20U;

}  // namespace

spool_worker::spool_worker(const spool_options& options, telemetry::logger log,
                           spool_counters& counters)
    : path_(options.folder / "spool.db"), log_(std::move(log)), counters_(counters) {
  counters_.limit_bytes = options.limit_bytes;
}

// Opening and replacing the file.

std::vector<event_facts> spool_worker::open() {
  std::vector<event_facts> found;
  open_file([&] { found = file_->scan(); });
  is_content_known_ = file_.has_value();
  if (!is_content_known_) return {};
  note_events(found.size());
  return found;
}

bool spool_worker::open_if_due() {
  const bool is_wanted = !file_ || is_in_doubt_;
  if (!is_wanted || clock::now() < next_opening_) return file_.has_value();
  std::uint64_t found = 0;
  open_file([&] { found = file_->count(); });
  if (file_ && !is_content_known_ && found > 0) {
    set_unknown_aside();
    found = 0;
  }
  if (!file_) return false;
  is_content_known_ = true;
  note_events(found);
  return true;
}

/// Opens the file, or another for it; without success there is none. `read` meets damage that
/// opening alone does not.
void spool_worker::open_file(const std::function<void()>& read) {
  next_opening_ = clock::now() + reopen_interval;
  try {
    open_or_begin_anew(path_, log_, [&] {
      file_.reset();  // before it is opened again
      file_.emplace(path_);
      try {
        read();
      } catch (const sqlite::error&) {
        file_.reset();  // before it is renamed
        throw;
      }
    });
    is_in_doubt_ = false;
    counters_.bytes = file_->used_bytes();
  } catch (const sqlite::error& problem) {
    file_.reset();
    note_failure(problem);
  }
}

/// It could not be opened at the start, and holds what an earlier run has stored: those events keep
/// their place, or new ones with the same positions would take it.
void spool_worker::set_unknown_aside() {
  file_.reset();
  try {
    set_aside(path_, "unread", "it could not be opened earlier", log_);
  } catch (const sqlite::error& problem) {
    note_failure(problem);
    return;
  }
  open_file([] {});
}

bool spool_worker::replaced_for(const sqlite::error& problem) {
  if (!problem.is_damage()) {
    note_failure(problem);
    return false;
  }
  replace_damaged(problem);
  return true;
}

void spool_worker::replace_damaged(const sqlite::error& damage) {
  file_.reset();
  problem_ = damage.what();
  refusal_ = store_outcome::failed;
  try {
    set_aside(path_, "damaged", damage.what(), log_);
  } catch (const sqlite::error& problem) {
    note_failure(problem);
    return;
  }
  unwritten_.clear();
  note_events(0);
  open_file([] {});
}

void spool_worker::note_events(std::uint64_t now_there) {
  const std::uint64_t known = counters_.events.exchange(now_there);
  if (now_there >= known) return;
  counters_.lost_events += known - now_there;
  log_->error("spool: {} stored events are lost", known - now_there);
}

void spool_worker::assign_routes(
    std::vector<event_facts>& found,
    const std::function<int(int shard_id, const std::string& type)>& route_of) {
  if (!file_) return;
  std::vector<int> routes;
  routes.reserve(found.size());
  for (const auto& event : found) routes.push_back(route_of(event.key.shard_id, event.type));
  try {
    auto changes = file_->begin();
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (found[i].route != routes[i]) file_->set_route(*row_id(found[i].key), routes[i]);
    }
    changes.commit();
    // Not before: without success they are still to be loaded by their old routes.
    for (std::size_t i = 0; i < found.size(); ++i) found[i].route = routes[i];
  } catch (const sqlite::error& problem) {
    if (replaced_for(problem)) found.clear();
  }
}

void spool_worker::rest() {
  if (!file_ || counters_.events != 0) return;
  try {
    if (file_->free_bytes() < least_worth_giving_back) return;
    file_->shrink();
    counters_.bytes = file_->used_bytes();
  } catch (const sqlite::error& problem) {
    replaced_for(problem);
  }
}

// Telling what goes wrong.

void spool_worker::note_failure(const sqlite::error& problem) {
  problem_ = problem.what();
  refusal_ = problem.is_full() ? store_outcome::full : store_outcome::failed;
  // A full disk is no reason to doubt the file; errors of reading or writing are.
  if (!problem.is_full()) is_in_doubt_ = true;
  ++counters_.write_failures;
  counters_.is_working = false;
  if (const auto count = failures_.failed(clock::now())) {
    log_->error(
        "spool: {}: {}; undelivered events stay in memory ({} failures since this was last "
        "said)",
        path_.string(), problem_, *count);
  }
}

void spool_worker::note_commit(const tally& written) {
  counters_.events += static_cast<std::uint64_t>(written.added);  // wraps for what was removed
  note_limit(written);
  if (!written.has_written) return;
  counters_.is_working = true;
  if (failures_.succeeded()) log_->info("spool: {} takes events again", path_.string());
}

void spool_worker::note_limit(const tally& written) {
  if (written.has_met_limit) {
    if (const auto count = refusals_.failed(clock::now())) {
      log_->warn(
          "spool: {} has reached its limit of {} MiB (queue.spool_mb); undelivered events "
          "stay in memory ({} refusals since this was last said)",
          path_.string(), counters_.limit_bytes >> 20U, *count);
    }
  } else if (written.has_stored && refusals_.succeeded()) {
    log_->info("spool: {} has room again", path_.string());
  }
}

}  // namespace gatehouse::storage
