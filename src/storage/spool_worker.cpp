#include "spool_worker.hpp"

#include "database_file.hpp"

#include <gatehouse/telemetry/log_fields.hpp>

#include <spdlog/logger.h>

#include <algorithm>
#include <utility>

namespace gatehouse::storage {

using runtime::clock;

namespace {

/// Below, an empty file is left as it is: it would grow again with the next event.
constexpr std::uint64_t least_worth_giving_back = 1U << 20U;

}  // namespace

spool_worker::spool_worker(spool_options options, telemetry::logger log, spool_counters& counters)
    : options_(std::move(options)),
      path_(spool_file::path_in(options_.folder)),
      log_(std::move(log)),
      counters_(counters) {
  counters_.limit_bytes = options_.limit_bytes;
  if (!options_.url_of) options_.url_of = [](int, std::string_view) { return std::string{}; };
}

// Opening and replacing the file.

spool_contents spool_worker::open() {
  std::optional<spool_contents> found;
  open_patiently(path_, options_.patience, log_, [&] {
    found = open_file();
    return found.has_value();
  });
  is_content_known_ = found.has_value();
  if (!found) return {};
  note_events(found->events);
  if (has_unwritten()) carry_out({});
  return *std::move(found);
}

bool spool_worker::open_if_due() {
  const bool is_wanted = !file_ || is_in_doubt_;
  if (!is_wanted || clock::now() < next_opening_) return file_.has_value();
  auto found = open_file();
  if (found && !is_content_known_ && found->events > 0) {
    // It could not be opened at the start, and holds what an earlier run has stored: nobody asks
    // for that, and nobody knows its positions.
    move_aside("unread", "it could not be opened earlier");
    found = open_file();
  }
  if (!found) return false;
  is_content_known_ = true;
  note_events(found->events);
  return true;
}

/// Opens the file, or another for it; without success there is none.
std::optional<spool_contents> spool_worker::open_file() {
  next_opening_ = clock::now() + reopen_interval;
  std::optional<spool_contents> found;
  const auto open = [&] {
    file_.reset();  // before it is opened again
    file_.emplace(options_);
    found = file_->contents();  // meets damage that opening alone does not
    counters_.bytes = file_->used_bytes();
  };
  try {
    open_or_begin_anew(path_, log_, open, [&] { file_.reset(); });
  } catch (const sqlite::error& problem) {
    note_failure(problem);
    return std::nullopt;
  }
  is_in_doubt_ = false;
  if (found->routing.empty()) unwritten_.routing = routing_;
  counters_.next_id = std::max(counters_.next_id.load(), found->last_id + 1);
  leave_out(found->damaged);
  if (const auto lost = file_->lost_by_upgrade(); lost > 0) {
    counters_.lost_events += lost;
    log_->error("spool: {}: {} stored events had no sensible key and are lost", path_.string(),
                lost);
  }
  return found;
}

bool spool_worker::move_aside(std::string_view reason, std::string_view detail) {
  file_.reset();
  try {
    set_aside(path_, reason, detail, log_);
    return true;
  } catch (const sqlite::error& problem) {
    note_failure(problem);
    return false;
  }
}

bool spool_worker::replaced_for(const sqlite::error& problem) {
  if (!problem.is_damage()) {
    note_failure(problem);
    return false;
  }
  problem_ = problem.what();
  refusal_ = store_outcome::failed;
  if (!move_aside("damaged", problem_)) return false;
  unwritten_ = {};
  note_events(0);
  return open_file().has_value();
}

void spool_worker::note_events(std::uint64_t now_there) {
  const std::uint64_t known = counters_.events.exchange(now_there);
  if (now_there >= known) return;
  counters_.lost_events += known - now_there;
  log_->error("spool: {} stored events are lost", known - now_there);
}

/// Nobody reads them from now on; they are removed with the next transaction.
void spool_worker::leave_out(const std::vector<damaged_block>& damaged) {
  for (const auto& each : damaged) {
    auto& fate = unwritten_.blocks[each.id].becomes;
    if (std::exchange(fate, block_change::fate::damaged) == block_change::fate::damaged) continue;
    counters_.lost_events += each.events;
    if (const auto count = damages_.failed(clock::now())) {
      telemetry::write_line(
          *log_, config::log_level::error,
          {{telemetry::log_field::shard, each.shard_id},
           {telemetry::log_field::count, each.events}},
          "spool: {}: block {} of shard {} is damaged ({}): its {} events are lost ({} such blocks "
          "since this was last said)",
          path_.string(), each.id, each.shard_id, each.reason, each.events, *count);
    }
  }
}

bool spool_worker::rest() {
  if (!file_ || counters_.events != 0) return false;
  try {
    if (file_->used_bytes() + file_->free_bytes() < least_worth_giving_back) return false;
    const bool has_more = file_->shrink();
    counters_.bytes = file_->used_bytes();
    return has_more;
  } catch (const sqlite::error& problem) {
    replaced_for(problem);
    return false;
  }
}

// Carrying out.

void spool_worker::carry_out(std::vector<spool_operation> group) {
  try_out(group);
  for (auto& operation : group) {
    std::visit(
        [](auto& ended) {
          if constexpr (requires { ended.done; }) {
            if (ended.done) ended.done(std::move(ended.result));
          }
        },
        operation);
  }
}

void spool_worker::try_out(std::vector<spool_operation>& group) {
  auto part = open_if_due() ? extent::everything : extent::nothing;
  bool may_begin_anew = true;
  for (;;) {
    try {
      return perform(group, part);
    } catch (const sqlite::error& problem) {
      const bool is_new = replaced_for(problem);
      if (!file_) {
        part = extent::nothing;
      } else if (!is_new || !std::exchange(may_begin_anew, false)) {
        part = static_cast<extent>(static_cast<int>(part) + 1);
      } else {
        part = extent::everything;
      }
    }
  }
}

void spool_worker::perform(std::vector<spool_operation>& group, extent part) {
  tally so_far;
  so_far.part = part;
  const auto perform_all = [&] {
    for (auto& operation : group) {
      std::visit([&](auto& asked) { perform(asked, so_far); }, operation);
    }
  };
  if (part >= extent::loads_only) return perform_all();
  const auto writes_before = file_->writes();
  auto changes = file_->begin();
  file_->apply(unwritten_, so_far.events);
  perform_all();
  const std::uint64_t used = file_->used_bytes();
  changes.commit();
  // Those that it has met are removed by the next one: after an error in reading, SQLite refuses
  // to.
  unwritten_ = {};
  for (const auto& each : so_far.damaged) {
    unwritten_.blocks[each.id].becomes = block_change::fate::damaged;
  }
  counters_.bytes = used;
  note_commit(so_far, file_->writes() != writes_before);
}

void spool_worker::perform(store_operation& asked, tally& so_far) {
  asked.result = {refusal_, problem_};
  if (so_far.part == extent::everything) store(asked, so_far);
}

void spool_worker::store(store_operation& asked, tally& so_far) {
  std::uint64_t bytes = 0;
  for (const auto& block : asked.wanted) bytes += block.events.bytes();
  const std::uint64_t limit = counters_.limit_bytes;
  if (file_->used_bytes() + bytes > limit) {
    const std::string text = std::to_string(limit >> 20U);
    asked.result = {store_outcome::full, "the limit of " + text + " MiB is reached"};
    so_far.has_met_limit = true;
    return;
  }
  std::vector<block_facts> facts;
  for (const auto& block : asked.wanted) {
    const auto of_block = facts_of(block.events);
    if (!of_block || !block_writer::is_storable(block)) {
      asked.result = {store_outcome::failed, "an id, a shard id or a position is out of range"};
      return;
    }
    facts.push_back(*of_block);
  }
  for (std::size_t i = 0; i < facts.size(); ++i) {
    file_->insert(asked.wanted[i], facts[i], so_far.events);
  }
  asked.result = {};
  so_far.has_stored = true;
}

void spool_worker::perform(const spool_changes& asked, tally& so_far) {
  unwritten_.add(asked);
  if (asked.routing) routing_ = asked.routing;
  if (so_far.part <= extent::without_stores) file_->apply(asked, so_far.events);
}

void spool_worker::perform(load_operation& asked, tally& so_far) {
  const auto lost = asked.result.lost_events;  // by an attempt before this one
  asked.result = {};
  if (so_far.part == extent::nothing) {
    asked.result.error = problem_;
    return;
  }
  std::vector<damaged_block> damaged;
  asked.result = file_->load(asked.wanted, unwritten_, damaged);
  asked.result.lost_events += lost;
  leave_out(damaged);
  so_far.damaged.insert(so_far.damaged.end(), damaged.begin(), damaged.end());
}

void spool_worker::perform(shed_operation& asked, tally& so_far) {
  asked.result.clear();
  if (so_far.part <= extent::without_stores) {
    asked.result = file_->shed(asked.wanted, so_far.events);
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

void spool_worker::note_commit(const tally& written, bool has_written) {
  counters_.events += static_cast<std::uint64_t>(written.events);  // wraps for what was removed
  note_limit(written);
  if (!has_written) return;
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
