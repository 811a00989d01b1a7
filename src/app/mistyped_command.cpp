#include "mistyped_command.hpp"

#include <gatehouse/config/suggestion.hpp>

#include <algorithm>
#include <string_view>

namespace gatehouse::app {
namespace {

std::vector<const CLI::App*> subcommands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

const CLI::App* find(const std::vector<const CLI::App*>& all, const std::string& name) {
  const auto found =
      std::ranges::find_if(all, [&](const CLI::App* each) { return each->get_name() == name; });
  return found == all.end() ? nullptr : *found;
}

std::string unknown(const std::string& written, const std::vector<const CLI::App*>& all) {
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const auto* each : all) names.push_back(each->get_name());
  std::string text = "there is no command \"" + written + '"';
  const std::vector<std::string_view> candidates{names.begin(), names.end()};
  if (const auto near = config::nearest(written, candidates); !near.empty()) {
    return text.append("; did you mean \"").append(near).append("\"?");
  }
  text += "; there are";
  for (const auto& name : names) text += (name == names.front() ? " " : ", ") + name;
  return text;
}

bool is_option_of(const CLI::App& app, const std::string& word) {
  const auto* const found = app.get_option_no_throw(word.substr(0, word.find('=')));
  return found != nullptr;
}

}  // namespace

std::string find_mistyped_command(const CLI::App& app, const std::vector<std::string>& arguments) {
  const CLI::App* within = &app;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const auto& word = arguments[i];
    const auto subcommands = subcommands_of(*within);
    if (subcommands.empty()) return {};  // options and arguments of a command follow
    if (word.starts_with('-')) {
      if (is_option_of(*within, word)) return {};
      return "options stand behind the command: gatehouse COMMAND " +
             word.substr(0, word.find('=')) + " …";
    }
    if (word == "version" && within == &app) return "it is gatehouse --version";
    if (word == "help" && within == &app) return "it is gatehouse --help";
    const auto* const next = find(subcommands, word);
    if (next == nullptr) return unknown(word, subcommands);
    within = next;
  }
  return {};
}

}  // namespace gatehouse::app
