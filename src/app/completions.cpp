#include "completions.hpp"

#include "command_tree.hpp"

#include <string_view>

namespace gatehouse::app {
namespace {

constexpr std::string_view file_value = "FILE";

/// "dead-letters list"
std::string joined(const std::vector<std::string>& path, std::string_view between) {
  std::string text;
  for (const auto& each : path) text.append(text.empty() ? "" : between).append(each);
  return text;
}

/// In single quotes, for any of the shells.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += R"('\'')";
    } else {
      out += c;
    }
  }
  return out += '\'';
}

// ---- bash ----

/// What may follow a command: its subcommands, options and arguments with a choice.
std::string bash_words(const command_facts& command) {
  std::string words;
  const auto add = [&words](const std::string& word) {
    words.append(words.empty() ? "" : " ").append(word);
  };
  for (const auto& sub : command.subcommands) add(sub.path.back());
  for (const auto& option : command.options) {
    for (const auto& name : option.names) add(name);
    if (option.names.empty()) {
      for (const auto& choice : option.choices) add(choice);
    }
  }
  return words;
}

struct bash_cases {
  std::string paths;   ///< of the words before the current one
  std::string values;  ///< of the word right before it
  std::string words;
};

void add_bash_cases(bash_cases& out, const command_facts& command) {
  const std::string path = joined(command.path, " ");
  out.words += "    " + in_quotes(path) + ") words=" + in_quotes(bash_words(command)) + " ;;\n";
  for (const auto& sub : command.subcommands) {
    const std::string longer = joined(sub.path, " ");
    out.paths += "      " + in_quotes(path + ">" + sub.path.back()) +
                 ") path=" + in_quotes(longer) + " ;;\n";
    add_bash_cases(out, sub);
  }
  for (const auto& option : command.options) {
    if (option.value.empty() || option.value_is_optional) continue;
    const std::string completed =
        option.value == file_value ? "mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); " : "";
    for (const auto& name : option.names) {
      std::string place = path;
      place.append(">").append(name);
      out.values.append("    ").append(in_quotes(place)).append(") ");
      out.values.append(completed).append("return ;;\n");
    }
  }
}

std::string bash(const command_facts& program) {
  bash_cases cases;
  add_bash_cases(cases, program);
  return "# bash completion for gatehouse, made by: gatehouse completions bash\n"
         "_gatehouse() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
         "  local path='' words='' word\n"
         "  COMPREPLY=()\n"
         "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "    case \"$path>$word\" in\n" +
         cases.paths +
         "    esac\n"
         "  done\n"
         "  case \"$path>$previous\" in\n" +
         cases.values +
         "  esac\n"
         "  case \"$path\" in\n" +
         cases.words +
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "}\n"
         "complete -o filenames -F _gatehouse gatehouse\n";
}

// ---- zsh ----

/// Brackets and colons end a description in _arguments.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_action(const option_facts& option) {
  if (!option.choices.empty()) return "(" + joined(option.choices, " ") + ")";
  return option.value == file_value ? "_files" : "";
}

std::string zsh_specs(const command_facts& command) {
  std::string specs;
  for (const auto& option : command.options) {
    if (option.names.empty()) {
      specs +=
          " \\\n    " + in_quotes("1:" + zsh_text(option.positional) + ":" + zsh_action(option));
    }
    for (const auto& name : option.names) {
      std::string spec = name + "[" + zsh_text(option.help) + "]";
      if (!option.value.empty()) {
        spec += std::string{option.value_is_optional ? "::" : ":"} + option.value + ":" +
                zsh_action(option);
      }
      specs += " \\\n    " + in_quotes(spec);
    }
  }
  return specs;
}

std::string zsh_name(const command_facts& command) {
  return command.path.empty() ? "_gatehouse" : "_gatehouse_" + joined(command.path, "_");
}

void append_zsh(std::string& out, const command_facts& command) {
  for (const auto& sub : command.subcommands) append_zsh(out, sub);
  out += zsh_name(command) + "() {\n";
  if (command.subcommands.empty()) {
    out += "  _arguments -s" + zsh_specs(command) + "\n}\n\n";
    return;
  }
  std::string list;
  std::string cases;
  for (const auto& sub : command.subcommands) {
    list += " " + sub.path.back() + "\\:" + in_quotes(zsh_text(sub.help));
    cases += "        " + sub.path.back() + ") " + zsh_name(sub) + " ;;\n";
  }
  out += "  local line state\n  _arguments -C" + zsh_specs(command) + " \\\n    \"1:command:((" +
         list.substr(1) +
         "))\" \\\n    '*::arguments:->rest'\n"
         "  case $state in\n    rest)\n      case $line[1] in\n" +
         cases + "      esac ;;\n  esac\n}\n\n";
}

std::string zsh(const command_facts& program) {
  std::string out = "#compdef gatehouse\n# made by: gatehouse completions zsh\n\n";
  append_zsh(out, program);
  return out + "_gatehouse \"$@\"\n";
}

// ---- fish ----

/// The condition under which a command's own words are offered.
std::string fish_condition(const command_facts& command) {
  std::string condition;
  for (const auto& each : command.path) {
    condition += (condition.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + each);
  }
  if (command.subcommands.empty()) return condition;
  condition += (condition.empty() ? "" : "; and ") + std::string{"not __fish_seen_subcommand_from"};
  for (const auto& sub : command.subcommands) condition += " " + sub.path.back();
  return condition;
}

std::string fish_option(const option_facts& option) {
  std::string out;
  for (const auto& name : option.names) {
    const bool is_long = name.starts_with("--");
    out += (is_long ? " -l " : " -s ") + name.substr(is_long ? 2 : 1);
  }
  if (!option.value.empty() && !option.value_is_optional) out += " -r";
  if (option.value == file_value) out += " -F";
  if (!option.choices.empty()) out += " -a " + in_quotes(joined(option.choices, " "));
  return out + " -d " + in_quotes(option.help) + "\n";
}

void append_fish(std::string& out, const command_facts& command) {
  const std::string start = "complete -c gatehouse -n " + in_quotes(fish_condition(command));
  for (const auto& sub : command.subcommands) {
    out += start + " -a " + sub.path.back() + " -d " + in_quotes(sub.help) + "\n";
  }
  for (const auto& option : command.options) out += start + fish_option(option);
  for (const auto& sub : command.subcommands) append_fish(out, sub);
}

std::string fish(const command_facts& program) {
  std::string out =
      "# fish completion for gatehouse, made by: gatehouse completions fish\n"
      "complete -c gatehouse -f\n";
  append_fish(out, program);
  return out;
}

}  // namespace

std::string completions(const CLI::App& app, const std::string& shell) {
  const auto program = read_definition(app);
  if (shell == "bash") return bash(program);
  return shell == "zsh" ? zsh(program) : fish(program);
}

}  // namespace gatehouse::app
