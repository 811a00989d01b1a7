#include "answers.hpp"

#include <gatehouse/gateway/command_check.hpp>
#include <gatehouse/gateway/member_requests.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::gateway {

namespace {

/// Beyond any life of a request; keeps what Discord says within the clock's range.
constexpr double longest_pause = 24.0 * 60 * 60;
/// On top of what Discord says: a moment too early would cost another round, and 0 a busy loop.
constexpr double pause_margin = 0.25;

void append_array(std::string& out, std::string_view key,
                  std::vector<member_requests::chunk>& chunks,
                  std::string member_requests::chunk::*part) {
  out += '"';
  out += key;
  out += "\":[";
  bool is_first = true;
  for (auto& each : chunks) {
    const std::string text = std::exchange(each.*part, {});  // answers are large: not held twice
    if (text.empty()) continue;
    if (!std::exchange(is_first, false)) out += ',';
    out += text;
  }
  out += ']';
}

}  // namespace

member_requests::member_requests(std::string nonce_prefix, answer_budget& budget)
    : nonce_prefix_(std::move(nonce_prefix)), budget_(budget) {}

member_requests::begun member_requests::begin(request_id id, std::uint64_t guild_id,
                                              std::string_view body, runtime::time_point now) {
  if (table_.size() >= most_pending) return {begun::outcome::too_many};
  const std::string own = nonce_prefix_ + std::to_string(last_nonce_ + 1);
  auto request = check_member_request(guild_id, body, own);
  if (!request.frame.error.empty()) {
    return {begun::outcome::invalid, {}, std::move(request.frame.error)};
  }
  if (find(request.nonce) != table_.entries().end()) return {begun::outcome::name_taken};
  if (request.nonce == own) ++last_nonce_;
  table_.add(id, {std::move(request.nonce), guild_id, request.frame.text, request_progress{now},
                  answer_budget::share{budget_}});
  return {begun::outcome::begun, std::move(request.frame.text)};
}

void member_requests::on_chunk(std::string_view data, runtime::time_point now,
                               request_actions& out) {
  const auto part = read_members_chunk(data);
  if (!part || part->count > most_chunks) return;
  const auto found = find(part->nonce);
  if (found == table_.entries().end() || found->second.guild_id != part->guild_id) return;
  entry& pending = found->second;
  if (pending.chunks.size() != part->count) {
    pending.clear_answer();  // of another sending
    pending.chunks.resize(part->count);
    pending.missing = part->count;
  }
  pending.progress.on_news(now);
  auto& place = pending.chunks[part->index];
  if (place.is_here) return;
  if (!pending.memory.take(part->members.size() + part->presences.size() +
                           part->not_found.size())) {
    return table_.end(found, {0, request_ended::outcome::too_large}, out);
  }
  place = {std::string{part->members}, std::string{part->presences}, std::string{part->not_found},
           true};
  if (--pending.missing > 0) return;
  std::string body = join(pending);
  table_.end(found, {0, request_ended::outcome::answered, std::move(body)}, out);
}

void member_requests::on_rate_limited(std::string_view data, runtime::time_point now,
                                      request_actions& out) {
  const auto limit = read_rate_limited(data);
  if (!limit) return;
  const auto found = find(limit->nonce);
  if (found == table_.entries().end()) return;
  const auto pause = std::chrono::ceil<runtime::milliseconds>(
      std::chrono::duration<double>{std::min(limit->retry_after, longest_pause) + pause_margin});
  if (found->second.progress.on_limited(now + pause)) return;
  table_.end(found, {0, request_ended::outcome::limited, {}, pause}, out);
}

/// Few are pending at a time, and chunks are large: a scan is nothing beside reading one.
member_requests::table::map::iterator member_requests::find(std::string_view nonce) {
  auto& entries = table_.entries();
  return std::find_if(entries.begin(), entries.end(),
                      [&](const auto& each) { return each.second.nonce == nonce; });
}

std::string member_requests::join(entry& answered) {
  std::size_t size = 64;
  for (const auto& each : answered.chunks) {
    size += each.members.size() + each.presences.size() + each.not_found.size() + 3;
  }
  std::string body;
  body.reserve(size);
  body += '{';
  append_array(body, "members", answered.chunks, &chunk::members);
  body += ',';
  append_array(body, "presences", answered.chunks, &chunk::presences);
  body += ',';
  append_array(body, "not_found", answered.chunks, &chunk::not_found);
  body += '}';
  return body;
}

void member_requests::entry::clear_answer() {
  chunks.clear();
  missing = 0;
  memory.give_back();
}

}  // namespace gatehouse::gateway
