#include "command_tree.hpp"

#include <utility>

namespace gatehouse::app {
namespace {

/// CLI::IsMember tells its members only as the text "{a,b}".
std::vector<std::string> choices_of(const std::string& type) {
  std::vector<std::string> choices;
  const auto begin = type.find('{');
  const auto end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) return choices;
  for (auto& each : CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',')) {
    choices.push_back(std::move(each));
  }
  return choices;
}

option_facts facts_of(const CLI::Option& option) {
  option_facts facts;
  for (const auto& name : option.get_snames()) facts.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) facts.names.push_back("--" + name);
  facts.help = option.get_description();
  const bool takes_value = option.get_items_expected_max() > 0;
  if (takes_value) facts.value = option.get_type_name();
  facts.value_is_optional = takes_value && option.get_items_expected_min() == 0;
  if (facts.names.empty()) facts.positional = option.get_name(true);
  facts.choices = choices_of(option.get_type_name());
  return facts;
}

}  // namespace

command_facts read_definition(const CLI::App& app, std::vector<std::string> path) {
  command_facts facts;
  facts.help = app.get_description();
  for (const auto* option : app.get_options()) facts.options.push_back(facts_of(*option));
  for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    auto longer = path;
    longer.push_back(sub->get_name());
    facts.subcommands.push_back(read_definition(*sub, std::move(longer)));
  }
  facts.path = std::move(path);
  return facts;
}

}  // namespace gatehouse::app
