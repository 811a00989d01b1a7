#include "nats_servers.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::nats {

namespace {

std::string_view take_token(std::string_view& rest) {
  const auto dot = rest.find('.');
  const auto token = rest.substr(0, dot);
  rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
  return token;
}

const std::string* header_of(const message& of, std::string_view name) {
  for (const auto& each : of.headers) {
    if (each.name == name) return &each.value;
  }
  return nullptr;
}

std::int64_t size_of(const message& of) {
  return static_cast<std::int64_t>(of.subject.size() + of.payload.size());
}

}  // namespace

bool matches(std::string_view pattern, std::string_view subject) noexcept {
  while (!pattern.empty() && !subject.empty()) {
    const auto wanted = take_token(pattern);
    if (wanted == ">") return true;
    const auto token = take_token(subject);
    if (wanted != "*" && wanted != token) return false;
  }
  return pattern.empty() && subject.empty();
}

bool memory_stream::listens_to(std::string_view subject) const noexcept {
  const auto& patterns = info_.settings.subjects;
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const auto& pattern) { return matches(pattern, subject); });
}

std::uint64_t memory_stream::last_of(std::string_view subject) const noexcept {
  const auto found = std::find_if(messages_.rbegin(), messages_.rend(),
                                  [&](const auto& each) { return each.second.subject == subject; });
  return found == messages_.rend() ? 0 : found->first;
}

result<stored> memory_stream::add(const message& added,
                                  std::optional<std::uint64_t> expected_last) {
  const auto* id = header_of(added, "Nats-Msg-Id");
  if (id != nullptr && ids_.contains(*id)) return stored{info_.settings.name, ids_[*id], true};
  if (expected_last && last_of(added.subject) != *expected_last) {
    return failure{errc::wrong_revision, "wrong last sequence", 400};
  }
  const auto limit = info_.settings.max_bytes;
  const auto bytes = static_cast<std::int64_t>(info_.bytes) + size_of(added);
  if (info_.settings.discard_new && limit >= 0 && bytes > limit) {
    return failure{errc::full, "maximum bytes exceeded", 503};
  }
  const auto sequence = ++info_.last_sequence;
  messages_.emplace(sequence, added);
  info_.bytes = static_cast<std::uint64_t>(bytes);
  info_.messages = messages_.size();
  if (id != nullptr) ids_.emplace(*id, sequence);
  keep_history(added.subject);
  return stored{info_.settings.name, sequence, false};
}

void memory_stream::keep_history(const std::string& subject) {
  const auto limit = info_.settings.max_messages_per_subject;
  if (limit <= 0) return;
  std::vector<std::uint64_t> of_subject;
  for (const auto& [sequence, content] : messages_) {
    if (content.subject == subject) of_subject.push_back(sequence);
  }
  const auto surplus =
      of_subject.size() - std::min<std::size_t>(of_subject.size(), static_cast<std::size_t>(limit));
  for (std::size_t i = 0; i < surplus; ++i) (void)erase(of_subject[i]);
}

result<stored_message> memory_stream::next(std::string_view subject, std::uint64_t from) const {
  for (auto each = messages_.lower_bound(from); each != messages_.end(); ++each) {
    if (matches(subject, each->second.subject)) return stored_message{each->first, each->second};
  }
  return failure{errc::not_found, "no message found", 404};
}

result<stored_message> memory_stream::last(std::string_view subject) const {
  const auto sequence = last_of(subject);
  if (sequence == 0) return failure{errc::not_found, "no message found", 404};
  return stored_message{sequence, messages_.at(sequence)};
}

std::vector<std::string> memory_stream::subjects(std::string_view pattern) const {
  std::set<std::string> found;
  for (const auto& [sequence, content] : messages_) {
    if (matches(pattern, content.subject)) found.insert(content.subject);
  }
  return {found.begin(), found.end()};
}

result<void> memory_stream::erase(std::uint64_t sequence) {
  const auto found = messages_.find(sequence);
  if (found == messages_.end()) return failure{errc::not_found, "no message found", 404};
  info_.bytes -= static_cast<std::uint64_t>(size_of(found->second));
  messages_.erase(found);
  info_.messages = messages_.size();
  return {};
}

memory_stream* nats_double::servers::find(std::string_view name) {
  const auto found = streams.find(name);
  return found == streams.end() ? nullptr : &found->second;
}

memory_stream* nats_double::servers::stream_of(std::string_view subject) {
  for (auto& [name, stream] : streams) {
    if (stream.listens_to(subject)) return &stream;
  }
  return nullptr;
}

std::size_t nats_double::servers::spread(const message& sent) {
  if (const auto asked = requests.find(sent.subject); asked != requests.end()) {
    asked->second.take(sent);
    requests.erase(asked);
    return 1;
  }
  std::size_t heard = 0;
  for (const auto& [id, each] : listeners) {
    if (!matches(each.subject, sent.subject)) continue;
    each.take(sent);
    ++heard;
  }
  return heard;
}

}  // namespace gatehouse::nats
