#include <gatehouse/fleet/member.hpp>

#include <algorithm>

/// Operations on keys, and whose answer is whose.
namespace gatehouse::fleet {
namespace {

using result = key_answer::result;

}  // namespace

void member::read(const std::string& key, runtime::time_point now) {
  operations_[key] = {now, false};
  out_.emplace_back(read_key{key});
}

void member::write(const std::string& key, record value, std::uint64_t expected,
                   runtime::time_point now) {
  operations_[key] = {now, true};
  out_.emplace_back(write_key{key, std::move(value), expected});
}

void member::tell_news(const std::string& key, std::uint64_t revision) {
  publish(news{key, revision});
}

void member::on_answer(const std::string& key, const key_answer& answer, runtime::time_point now) {
  const auto asked = operations_.extract(key);
  if (asked.empty() || phase_ == phase::ended) return;
  const auto& done = asked.mapped();
  if (done.is_write && answer.what == result::stored) isolation_.write_accepted(done.asked_at);
  refresh(now);
  if (key == plan_key) {
    on_plan(answer, done, now);
  } else if (key == coordinator_key) {
    on_coordinator(answer, done, now);
  } else if (key == gate_key) {
    on_gate(answer, done, now);
  } else if (key == member_key(settings_.member)) {
    on_own_record(answer, done, now);
  } else if (key.starts_with("pos.")) {
    on_position(key, answer, done, now);
  } else if (const auto shard_id = shard_of_own_key(plan_.total_shards(), key)) {
    on_own(*shard_id, answer, done, now);
  }
}

// ---- positions ----

void member::checkpoint(const std::vector<std::pair<int, std::int64_t>>& seqs,
                        runtime::time_point now) {
  for (const auto& [id, seq] : seqs) {
    const auto known = holds_.find(id);
    if (known == holds_.end() || known->second.now_in != hold::stage::held) continue;
    const auto& own = known->second.record;
    if (!own.session) continue;
    auto& part = positions_[position_key(self_.member, id)];
    part.by_shard[id] = {id, own.epoch, seq, own.session->number};
    part.is_unsaved = true;
  }
  write_positions(now);
}

void member::write_positions(runtime::time_point now) {
  for (auto& [key, part] : positions_) {
    if (!part.is_unsaved || is_busy(key) || contact_ != contact::live) continue;
    if (!part.is_revision_known) {
      read(key, now);
      continue;
    }
    position_record out;
    for (const auto& [id, each] : part.by_shard) {
      const auto& held = holds_.at(id);
      if (held.is_held() && held.record.epoch == each.epoch) out.positions.push_back(each);
    }
    part.is_unsaved = false;
    write(key, std::move(out), part.revision, now);
  }
}

void member::on_position(const std::string& key, const key_answer& answer, const operation& done,
                         runtime::time_point now) {
  const auto mine = positions_.find(key);
  if (mine != positions_.end()) {
    auto& part = mine->second;
    const bool is_known = answer.what != result::refused && answer.what != result::unanswered;
    part.is_revision_known = is_known;
    if (is_known) part.revision = answer.revision;
    if (done.is_write && !is_known) part.is_unsaved = true;
  }
  if (done.is_write) return;
  const auto* found = answer.value ? std::get_if<position_record>(&*answer.value) : nullptr;
  for (auto& [id, each] : holds_) {
    const bool is_asked = each.now_in == hold::stage::reading_position &&
                          position_key(each.record.owner.member, id) == key;
    if (!is_asked) continue;
    if (answer.what == result::unanswered) {
      each.now_in = hold::stage::idle;
      each.not_before = now + settings_.heartbeat;
      continue;
    }
    if (answer.what == result::unreadable) {
      note(true, "the record " + key +
                     " makes no sense, a session's first position is used: " + answer.why);
    }
    // The owner's position is behind what its record says if it has written none since, and of
    // another session if one has begun since.
    if (found != nullptr && each.record.session) {
      for (const auto& position : found->positions) {
        if (position.shard_id != id || position.epoch != each.record.epoch) continue;
        if (position.session != each.record.session->number) continue;
        each.record.session->seq = std::max(each.record.session->seq, position.seq);
      }
    }
    claim(id, each, now);
  }
}

}  // namespace gatehouse::fleet
