#pragma once

#include <gatehouse/app/cli.hpp>
#include <gatehouse/storage/dead_letters.hpp>

#include <iosfwd>
#include <string>

namespace gatehouse::app {

/// `gatehouse dead-letters`, on the `state.dir` of the configuration. As root it becomes the owner
/// of that folder before it touches what lies there. Returns the exit code.
int run_dead_letters(const dead_letters_command& asked, std::ostream& out, std::ostream& errors);

/// A table, or one JSON array. Never with payloads: they hold interaction tokens.
std::string letters_as_table(const storage::dead_letter_listing& listing);
std::string letters_as_json(const storage::dead_letter_listing& listing);
/// All there is to one letter.
std::string letter_as_text(const storage::dead_letter& letter);

/// What a replay has come to.
struct replay_result {
  std::size_t accepted = 0;
  std::size_t refused = 0;     ///< and kept for the next replay
  std::size_t unreadable = 0;  ///< lines moved to `dead-letters.unreadable`
  std::size_t remaining = 0;   ///< not tried, after it has stopped
  std::string stopped{};       ///< why it has stopped early; empty: it has not
};
std::string result_as_text(const replay_result& result);
std::string result_as_json(const replay_result& result);

}  // namespace gatehouse::app
