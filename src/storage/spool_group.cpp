#include "spool_worker.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <utility>

namespace gatehouse::storage {
namespace {

bool is_storable(const event_batch& batch) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!row_id(batch.facts(i).key)) return false;
  }
  return true;
}

/// What comes of the operations of a group when a part of it has failed. Not `const`, or the last
/// overload of each would be the better match.
struct give_up_stores {
  store_outcome outcome;
  const std::string& reason;

  void operator()(store_operation& refused) const {
    refused.outcome = outcome;
    refused.reason = reason;
  }
  void operator()(auto&) const {}
};
struct keep_changes {
  unwritten_changes& kept;
  const std::string& reason;

  void operator()(remove_operation& wanted) const {
    for (const auto& key : wanted.keys) {
      if (const auto id = row_id(key)) kept.removed.insert(*id);
    }
  }
  void operator()(defer_operation& wanted) const {
    if (const auto id = row_id(wanted.key)) kept.deferred[*id] = wanted.callback_type;
  }
  void operator()(purge_operation& wanted) const { wanted.dropped.clear(); }
  void operator()(reroute_operation& refused) const { refused.result = {{}, reason}; }
  void operator()(auto&) const {}
};
struct give_up_loads {
  const std::string& reason;

  void operator()(load_operation& refused) const { refused.result = {{}, false, reason}; }
  void operator()(auto&) const {}
};

struct answer {
  void operator()(store_operation& ended) const {
    if (!ended.done) return;
    ended.done({ended.outcome, std::move(ended.reason), std::move(ended.batch)});
  }
  void operator()(load_operation& ended) const {
    if (ended.done) ended.done(std::move(ended.result));
  }
  void operator()(purge_operation& ended) const {
    if (ended.done) ended.done(std::move(ended.dropped));
  }
  void operator()(reroute_operation& ended) const {
    if (ended.done) ended.done(std::move(ended.result));
  }
  void operator()(auto&) const {}
};

}  // namespace

void spool_worker::carry_out(std::vector<spool_operation>& group) {
  // The second attempt is that on a new file, where the first has found the old one damaged.
  const bool is_carried_out = open_if_due() && (attempt(group) || attempt(group));
  if (!is_carried_out) {
    for (const extent part : all_extents) give_up(group, part);
  }
  for (auto& operation : group) std::visit(answer{}, operation);
}

void spool_worker::carry_out_unwritten() {
  std::vector<spool_operation> nothing_new;
  carry_out(nothing_new);
}

bool spool_worker::attempt(std::vector<spool_operation>& group) {
  for (const extent part : all_extents) {
    if (!file_) return false;
    try {
      perform(group, part);
      return true;
    } catch (const sqlite::error& problem) {
      if (replaced_for(problem)) return false;
      give_up(group, part);
    }
  }
  return true;
}

void spool_worker::give_up(std::vector<spool_operation>& group, extent part) {
  for (auto& operation : group) {
    switch (part) {
      case extent::everything:
        std::visit(give_up_stores{refusal_, problem_}, operation);
        break;
      case extent::without_stores:
        std::visit(keep_changes{unwritten_, problem_}, operation);
        break;
      case extent::loads_only:
        std::visit(give_up_loads{problem_}, operation);
        break;
    }
  }
}

void spool_worker::perform(std::vector<spool_operation>& group, extent part) {
  tally so_far;
  if (part == extent::loads_only) {
    for (auto& operation : group) {
      if (auto* const wanted = std::get_if<load_operation>(&operation)) perform(*wanted, so_far);
    }
    return;
  }
  auto changes = file_->begin();
  write_what_is_unwritten(so_far);
  for (auto& operation : group) {
    const bool is_store = std::holds_alternative<store_operation>(operation);
    if (is_store && part == extent::without_stores) continue;
    std::visit([&](auto& wanted) { perform(wanted, so_far); }, operation);
  }
  const std::uint64_t used = file_->used_bytes();
  changes.commit();
  unwritten_.clear();
  counters_.bytes = used;
  note_commit(so_far);
}

void spool_worker::write_what_is_unwritten(tally& so_far) {
  for (const auto id : unwritten_.removed) {
    if (!file_->remove(id)) continue;
    --so_far.added;
    so_far.has_written = true;
  }
  for (const auto& [id, callback_type] : unwritten_.deferred) {
    file_->set_deferred(id, callback_type);
    so_far.has_written = true;
  }
}

void spool_worker::perform(store_operation& wanted, tally& so_far) {
  const event_batch& batch = wanted.batch;
  if (!is_storable(batch)) {
    wanted.outcome = store_outcome::failed;
    wanted.reason = "a shard id or position is out of range";
    return;
  }
  if (file_->used_bytes() + batch.bytes() > counters_.limit_bytes) {
    wanted.outcome = store_outcome::full;
    wanted.reason =
        "the limit of " + std::to_string(counters_.limit_bytes >> 20U) + " MiB is reached";
    so_far.has_met_limit = true;
    return;
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const event_facts& facts = batch.facts(i);
    if (file_->insert(*row_id(facts.key), facts, batch.payload(i))) ++so_far.added;
  }
  wanted.outcome = store_outcome::stored;
  wanted.reason.clear();
  so_far.has_stored = true;
  so_far.has_written = true;
}

void spool_worker::perform(const remove_operation& wanted, tally& so_far) {
  for (const auto& key : wanted.keys) {
    const auto id = row_id(key);
    if (!id || !file_->remove(*id)) continue;
    --so_far.added;
    so_far.has_written = true;
  }
}

void spool_worker::perform(const defer_operation& wanted, tally& so_far) {
  const auto id = row_id(wanted.key);
  if (!id) return;
  file_->set_deferred(*id, wanted.callback_type);
  so_far.has_written = true;
}

void spool_worker::perform(load_operation& wanted, tally& /*so_far*/) {
  wanted.result = file_->load(wanted.wanted, unwritten_);
}

void spool_worker::perform(reroute_operation& wanted, tally& so_far) {
  reroute_result found;
  for (const int shard_id : wanted.wanted.shard_ids) file_->scan(shard_id, found.events);
  for (auto& event : found.events) {
    const int route = wanted.wanted.route_of(event.key.shard_id, event.type);
    if (route == event.route) continue;
    file_->set_route(*row_id(event.key), route);
    event.route = route;
    so_far.has_written = true;
  }
  wanted.result = std::move(found);
}

void spool_worker::perform(purge_operation& wanted, tally& so_far) {
  wanted.dropped = file_->purge(wanted.wanted);
  if (wanted.dropped.empty()) return;
  so_far.added -= static_cast<std::int64_t>(wanted.dropped.size());
  so_far.has_written = true;
}

}  // namespace gatehouse::storage
