#include "jetstream_api.hpp"

#include <gatehouse/telemetry/json_writer.hpp>

#include <openssl/evp.h>
#include <simdjson.h>

#include <chrono>

namespace gatehouse::nats::api {

namespace {

using simdjson::dom::element;

using telemetry::json_writer;

std::int64_t nanoseconds(runtime::duration span) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(span).count();
}

template <class Number>
Number number_at(const element& in, std::string_view key, Number otherwise) {
  Number value{};
  return in[key].get(value) == simdjson::SUCCESS ? value : otherwise;
}

std::string text_at(const element& in, std::string_view key) {
  std::string_view value;
  return in[key].get(value) == simdjson::SUCCESS ? std::string{value} : std::string{};
}

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// `err_code` in the server's errors.json. Newer servers have further codes for what older ones
/// told by one.
errc meaning_of(std::int64_t err_code, std::string_view text) {
  switch (err_code) {
    case 10071:
    case 10164:
      return errc::wrong_revision;
    case 10037:  // message
    case 10043:  // sequence
    case 10059:  // stream
      return errc::not_found;
    case 10057:  // deleting failed
      return holds(text, "no message found") || holds(text, "not found") ? errc::not_found
                                                                         : errc::refused;
    case 10054:
      return errc::too_large;
    case 10158:
      return errc::in_progress;
    case 10002:  // the account's limits
    case 10023:  // no resources left
    case 10109:  // sealed
    case 10167:  // more at once than it takes
      return errc::full;
    case 10077:  // storing failed
      return holds(text, "maximum") ? errc::full : errc::refused;
    case 10008:  // temporarily unavailable
      return errc::no_responders;
    default:
      return errc::refused;
  }
}

failure read_error(const element& error) {
  const auto text = text_at(error, "description");
  const auto status = static_cast<int>(number_at<std::int64_t>(error, "code", 0));
  return {meaning_of(number_at<std::int64_t>(error, "err_code", 0), text), text, status};
}

failure not_an_answer() {
  return {errc::refused, "the answer is not one of JetStream's", 0};
}

/// `read` gets the object of an answer that is no error.
template <class Value, class Read>
result<Value> read_answer(const message& answer, const Read& read) {
  simdjson::dom::parser parser;
  element root;
  if (parser.parse(answer.payload).get(root) != simdjson::SUCCESS || !root.is_object()) {
    return not_an_answer();
  }
  element error;
  if (root["error"].get(error) == simdjson::SUCCESS) return read_error(error);
  return read(root);
}

/// Nothing for text that is not base64.
std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

stream_settings read_settings(const element& config) {
  stream_settings found;
  found.name = text_at(config, "name");
  simdjson::dom::array subjects;
  if (config["subjects"].get(subjects) == simdjson::SUCCESS) {
    for (const auto each : subjects) {
      std::string_view subject;
      if (each.get(subject) == simdjson::SUCCESS) found.subjects.emplace_back(subject);
    }
  }
  found.replicas = static_cast<int>(number_at<std::int64_t>(config, "num_replicas", 1));
  found.max_bytes = number_at<std::int64_t>(config, "max_bytes", -1);
  found.max_messages_per_subject = number_at<std::int64_t>(config, "max_msgs_per_subject", -1);
  found.max_age = std::chrono::duration_cast<runtime::duration>(
      std::chrono::nanoseconds{number_at<std::int64_t>(config, "max_age", 0)});
  found.duplicate_window = std::chrono::duration_cast<runtime::duration>(
      std::chrono::nanoseconds{number_at<std::int64_t>(config, "duplicate_window", 0)});
  found.discard_new = text_at(config, "discard") == "new";
  bool does_not_acknowledge = false;
  if (config["no_ack"].get(does_not_acknowledge) != simdjson::SUCCESS) does_not_acknowledge = false;
  found.acknowledges = !does_not_acknowledge;
  return found;
}

}  // namespace

std::string last_of_subject(std::string_view subject) {
  return json_writer{}.begin_object().member("last_by_subj", subject).end_object().take();
}

std::string next_of_subject(std::string_view subject, std::uint64_t from_sequence) {
  json_writer asked;
  asked.begin_object().member("seq", from_sequence).member("next_by_subj", subject);
  return asked.end_object().take();
}

std::string erase_message(std::uint64_t sequence) {
  json_writer asked;
  return asked.begin_object().member("seq", sequence).member("no_erase", true).end_object().take();
}

std::string info_with_subjects(std::string_view filter, std::size_t offset) {
  json_writer asked;
  asked.begin_object().member("subjects_filter", filter).member("offset", offset);
  return asked.end_object().take();
}

std::string names_for(std::string_view subject) {
  return json_writer{}.begin_object().member("subject", subject).end_object().take();
}

std::string create(const stream_settings& wanted) {
  json_writer out;
  out.begin_object().member("name", wanted.name).member("subjects", wanted.subjects);
  out.member("retention", "limits").member("storage", "file");
  out.member("max_consumers", -1).member("max_msgs", -1).member("max_bytes", wanted.max_bytes);
  out.member("max_msgs_per_subject", wanted.max_messages_per_subject);
  out.member("max_age", nanoseconds(wanted.max_age)).member("num_replicas", wanted.replicas);
  if (wanted.duplicate_window > runtime::duration::zero()) {
    out.member("duplicate_window", nanoseconds(wanted.duplicate_window));
  }
  out.member("discard", wanted.discard_new ? "new" : "old");
  if (!wanted.acknowledges) out.member("no_ack", true);
  return out.end_object().take();
}

result<stored> read_stored(const message& answer) {
  return read_answer<stored>(answer, [](const element& root) -> result<stored> {
    stored kept;
    kept.stream = text_at(root, "stream");
    kept.sequence = number_at<std::uint64_t>(root, "seq", 0);
    bool is_duplicate = false;
    if (root["duplicate"].get(is_duplicate) == simdjson::SUCCESS) kept.is_duplicate = is_duplicate;
    if (kept.stream.empty() || kept.sequence == 0) return not_an_answer();
    return kept;
  });
}

result<stored_message> read_message(const message& answer) {
  return read_answer<stored_message>(answer, [](const element& root) -> result<stored_message> {
    element found;
    if (root["message"].get(found) != simdjson::SUCCESS) return not_an_answer();
    const auto payload = decode_base64(text_at(found, "data"));
    const auto headers = decode_base64(text_at(found, "hdrs"));
    stored_message read;
    read.sequence = number_at<std::uint64_t>(found, "seq", 0);
    read.content.subject = text_at(found, "subject");
    if (!payload || !headers || read.sequence == 0) return not_an_answer();
    read.content.payload = *payload;
    read.content.headers = read_headers(*headers);
    return read;
  });
}

result<void> read_success(const message& answer) {
  return read_answer<void>(answer, [](const element& root) -> result<void> {
    bool is_done = false;
    if (root["success"].get(is_done) == simdjson::SUCCESS && is_done) return {};
    return not_an_answer();
  });
}

result<stream_info> read_stream(const message& answer) {
  return read_answer<stream_info>(answer, [](const element& root) -> result<stream_info> {
    element config;
    element state;
    if (root["config"].get(config) != simdjson::SUCCESS ||
        root["state"].get(state) != simdjson::SUCCESS) {
      return not_an_answer();
    }
    stream_info found{read_settings(config), number_at<std::uint64_t>(state, "messages", 0),
                      number_at<std::uint64_t>(state, "bytes", 0),
                      number_at<std::uint64_t>(state, "last_seq", 0)};
    element cluster;
    if (root["cluster"].get(cluster) == simdjson::SUCCESS)
      found.leader = text_at(cluster, "leader");
    return found;
  });
}

result<std::string> read_name(const message& answer) {
  return read_answer<std::string>(answer, [](const element& root) -> result<std::string> {
    std::string_view first;
    if (root["streams"].at(0).get(first) == simdjson::SUCCESS) return std::string{first};
    return failure{errc::not_found, "no stream listens to the subject", 404};
  });
}

result<subject_page> read_subjects(const message& answer) {
  return read_answer<subject_page>(answer, [](const element& root) -> result<subject_page> {
    subject_page page;
    simdjson::dom::object subjects;
    if (root["state"]["subjects"].get(subjects) == simdjson::SUCCESS) {
      for (const auto& [subject, count] : subjects) page.subjects.emplace_back(subject);
    }
    page.total = number_at<std::uint64_t>(root, "total", page.subjects.size());
    return page;
  });
}

std::vector<header> read_headers(std::string_view text) {
  std::vector<header> found;
  auto end = text.find("\r\n");
  while (end != std::string_view::npos) {
    text.remove_prefix(end + 2);
    end = text.find("\r\n");
    const auto line = text.substr(0, end);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    auto value = line.substr(colon + 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    found.push_back({std::string{line.substr(0, colon)}, std::string{value}});
  }
  return found;
}

}  // namespace gatehouse::nats::api
