#include <gatehouse/config/effective.hpp>
#include <gatehouse/config/loader.hpp>

#include <fuzz_input.hpp>

// A configuration file, as somebody may write it, with two environment variables.

namespace gatehouse::config {
namespace {

using fuzz::require;
constexpr std::string_view secret = "hunter2-of-the-environment";

std::optional<std::string> lookup(const std::string& name) {
  if (name == "SECRET") return std::string{secret};
  if (name == "NUMBER") return "7";
  return std::nullopt;
}

void check(const std::vector<problem>& problems) {
  for (const auto& each : problems) {
    require(each.line >= 1 && each.column >= 1, "a problem has its place");
    require(!each.text.empty(), "a problem says what is wrong");
    require(each.format().find(secret) == std::string::npos, "no problem quotes a secret");
  }
}

/// The text with its secrets put back.
std::string revealed(std::string text) {
  constexpr std::string_view hidden = "<hidden>";
  for (auto at = text.find(hidden); at != std::string::npos; at = text.find(hidden, at)) {
    text.replace(at, hidden.size(), "S");
  }
  return text;
}

}  // namespace
}  // namespace gatehouse::config

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::config;
  using gatehouse::fuzz::require;
  const auto text = gatehouse::fuzz::input{data, size}.rest();
  // Others' files are no business of a fuzzer.
  if (text.find("token_file") != text.npos) return 0;
  const auto got = load_text(text, "f.toml", lookup);
  check(got.problems);
  check(got.warnings);
  require(got.config.has_value() == got.problems.empty(), "a configuration, or what is wrong");
  if (!got.config) return 0;
  const auto& values = got.config->values;
  const auto shown = effective_toml(values);
  static_cast<void>(effective_json(values));
  require(merge(values, values) == values, "nothing changes by itself");
  const auto same = compare(values, values);
  require(same.reloadable.empty() && same.needs_restart.empty(),
          "it differs from itself in nothing");
  const auto again = load_text(revealed(shown), "again.toml", lookup);
  if (shown.find("${") == shown.npos)
    require(again.problems.empty(), "what is shown can be loaded");
  return 0;
}
