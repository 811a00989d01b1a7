#include <gatehouse/storage/dead_letters.hpp>

#include <fuzz_input.hpp>

// The first byte: whether the rest is a line of dead-letters.ndjson, or what is put into one.

namespace gatehouse::storage {
namespace {

using fuzz::require;

void read_line(std::string_view line) {
  const auto letter = from_line(line);
  if (!letter) return;
  const auto again = to_line(*letter);
  require(again.find('\n') == std::string::npos, "a letter is one line");
  const auto back = from_line(again);
  require(back.has_value(), "what is read can be written");
  require(to_line(*from_line(to_line(*back))) == to_line(*back), "and read back");
}

void write_line(fuzz::input& in) {
  dead_letter letter;
  letter.unix_ms = in.integer() % 4'000'000'000'000;
  letter.unix_ms = letter.unix_ms < 0 ? -letter.unix_ms : letter.unix_ms;
  letter.status = 100 + in.byte();
  letter.attempts = in.byte();
  letter.shard_id = in.byte();
  letter.deferred = 5;
  letter.url = in.line();
  letter.reason = in.line();
  letter.event_id = in.line();
  letter.type = in.line();
  letter.answer = in.line();
  letter.payload = in.rest();
  const auto line = to_line(letter);
  require(line.find('\n') == std::string::npos, "a letter is one line");
  const auto back = from_line(line);
  require(back.has_value(), "what is written can be read");
  require(back->status == letter.status && back->attempts == letter.attempts &&
              back->shard_id == letter.shard_id && back->unix_ms == letter.unix_ms,
          "its numbers are the same");
  // Blanks around the payload are not kept, and what is no UTF-8 is mended: once.
  const auto again = to_line(*back);
  require(to_line(*from_line(again)) == again, "a second reading changes nothing");
}

}  // namespace
}  // namespace gatehouse::storage

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gatehouse::fuzz::input in{data, size};
  if (in.below(2) == 0) {
    gatehouse::storage::read_line(in.rest());
  } else {
    gatehouse::storage::write_line(in);
  }
  return 0;
}
