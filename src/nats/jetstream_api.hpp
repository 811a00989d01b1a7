#pragma once

#include <gatehouse/nats/engine.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The JetStream API as JSON: what is asked, and what the answers mean. Pure.
namespace gatehouse::nats::api {

std::string last_of_subject(std::string_view subject);
std::string next_of_subject(std::string_view subject, std::uint64_t from_sequence);
std::string erase_message(std::uint64_t sequence);
std::string info_with_subjects(std::string_view filter, std::size_t offset);
std::string names_for(std::string_view subject);
std::string create(const stream_settings& wanted);

/// Each reads an answer; the server's errors become failures, and so does what is no such answer.
result<stored> read_stored(const message& answer);
result<stored_message> read_message(const message& answer);
result<void> read_success(const message& answer);
result<stream_info> read_stream(const message& answer);
/// The first of them; `not_found`: none.
result<std::string> read_name(const message& answer);

struct subject_page {
  std::vector<std::string> subjects;
  std::size_t total = 0;  ///< on all pages
};
result<subject_page> read_subjects(const message& answer);

/// Of a message as it is stored: `NATS/1.0`, then one header a line.
std::vector<header> read_headers(std::string_view text);

}  // namespace gatehouse::nats::api
