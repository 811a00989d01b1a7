#include "completions.hpp"

#include "command_tree.hpp"

#include <algorithm>
#include <string_view>

namespace gatehouse::app {
namespace {

// Each asks the program itself what may follow; all that they have to know is how to say it.

constexpr std::string_view bash_script = R"(# bash completion for gatehouse
_gatehouse() {
  local found
  mapfile -t found < <(gatehouse completions bash -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ "${found[0]-}" == files ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
  else
    COMPREPLY=("${found[@]%%$'\t'*}")
  fi
}
complete -o filenames -F _gatehouse gatehouse
)";

constexpr std::string_view zsh_script = R"(#compdef gatehouse
local -a found
found=("${(@f)$(gatehouse completions zsh -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
if [[ $found[1] == files ]]; then
  _files
else
  found=("${(@)found//:/\\:}")
  found=("${(@)found/$'\t'/:}")
  _describe gatehouse found
fi
)";

constexpr std::string_view fish_script = R"(# fish completion for gatehouse
function __gatehouse_words
  set -l current (commandline -ct | string collect --allow-empty)
  set -l found (gatehouse completions fish -- (commandline -opc)[2..] $current 2>/dev/null)
  if test "$found[1]" = files
    __fish_complete_path $current
  else
    printf '%s\n' $found
  end
end
complete -c gatehouse -f -a '(__gatehouse_words)'
)";

const command_facts* find_command(const command_facts& in, std::string_view word) {
  const auto found = std::ranges::find_if(in.subcommands,
                                          [&](const auto& sub) { return sub.path.back() == word; });
  return found == in.subcommands.end() ? nullptr : &*found;
}

/// The option of this name, if a value has to follow it.
const option_facts* find_asking(const command_facts& in, std::string_view word) {
  const auto found = std::ranges::find_if(in.options, [&](const option_facts& option) {
    return !option.value.empty() && !option.value_is_optional &&
           std::ranges::find(option.names, word) != option.names.end();
  });
  return found == in.options.end() ? nullptr : &*found;
}

std::string candidates(const command_facts& program, const std::vector<std::string>& words) {
  const command_facts* within = &program;
  const option_facts* asking = nullptr;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (const auto* const sub = asking == nullptr ? find_command(*within, words[i]) : nullptr) {
      within = sub;
    }
    asking = asking == nullptr ? find_asking(*within, words[i]) : nullptr;
  }
  std::string out;
  const auto offer = [&](const std::string& word, const std::string& help) {
    if (word.starts_with(words.back())) out.append(word).append("\t").append(help).append("\n");
  };
  if (asking != nullptr) return asking->value == "FILE" || asking->value == "DIR" ? "files\n" : "";
  for (const auto& sub : within->subcommands) offer(sub.path.back(), sub.help);
  for (const auto& option : within->options) {
    for (const auto& name : option.names) offer(name, option.help);
    if (!option.names.empty()) continue;
    for (const auto& choice : option.choices) offer(choice, option.help);
  }
  return out;
}

}  // namespace

std::string completions(const CLI::App& app, std::string_view shell,
                        const std::vector<std::string>& words) {
  if (!words.empty()) return candidates(read_definition(app), words);
  return std::string{shell == "bash" ? bash_script : shell == "zsh" ? zsh_script : fish_script};
}

}  // namespace gatehouse::app
