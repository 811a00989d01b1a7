#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

/// What completions and the manual page need to know of a command line.
namespace gatehouse::app {

struct option_facts {
  std::vector<std::string> names;  ///< with their dashes; empty: a positional argument
  std::string help;
  std::string value;  ///< what it takes, in capitals; empty: nothing
  std::string positional;
  std::vector<std::string> choices;  ///< empty: anything
  bool value_is_optional = false;
};

struct command_facts {
  std::vector<std::string> path;  ///< of subcommands; empty: the program itself
  std::string help;
  std::vector<option_facts> options;
  std::vector<command_facts> subcommands;
};

command_facts read_definition(const CLI::App& app, std::vector<std::string> path = {});

}  // namespace gatehouse::app
