#include "dead_letters_replay.hpp"

#include <gatehouse/runtime/wall_clock.hpp>
#include <gatehouse/storage/dead_letter_replay.hpp>

#include <exception>
#include <utility>

namespace gatehouse::app {
namespace {

/// As the daemon sets an event aside.
storage::dead_letter refused_again(storage::dead_letter letter, const letter_answer& answer) {
  letter.unix_ms = runtime::unix_ms_now();
  letter.url = answer.url;
  letter.status = answer.status;
  letter.reason = answer.text;
  letter.answer = answer.body;
  letter.request_bytes = answer.request_bytes;
  ++letter.attempts;
  return letter;
}

void replay_all(storage::dead_letter_replay& letters, letter_sender& sender,
                const letter_filter& is_wanted, replay_result& result) {
  while (auto letter = letters.next()) {
    if (!is_wanted(*letter)) continue;
    const auto answer = sender.send(*letter);
    switch (answer.what) {
      case delivery::decision::delivered:
        ++result.accepted;
        break;
      case delivery::decision::refused:
        letters.add(refused_again(std::move(*letter), answer));
        ++result.refused;
        break;
      case delivery::decision::retry:
      case delivery::decision::misconfigured:
        result.stopped = answer.url + ": " + answer.text;
        return;
    }
    letters.done();
  }
}

}  // namespace

replay_result replay_dead_letters(const std::filesystem::path& folder, letter_sender& sender,
                                  const letter_filter& is_wanted) {
  storage::dead_letter_replay letters{folder};
  replay_result result;
  try {
    replay_all(letters, sender, is_wanted, result);
  } catch (const std::exception& failure) {
    result.stopped = failure.what();
  }
  result.unreadable = letters.unreadable();
  if (!result.stopped.empty()) result.remaining = letters.remaining();
  return result;
}

}  // namespace gatehouse::app
