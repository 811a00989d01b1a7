#pragma once

#include <gatehouse/config/loader.hpp>
#include <gatehouse/config/settings.hpp>

#include <string>
#include <vector>

/// What a configuration comes to, and how two of them differ. Pure.
namespace gatehouse::config {

/// The whole configuration as TOML, defaults included, each secret as "<hidden>". With its
/// secrets put back, loading the text gives the same settings again.
[[nodiscard]] std::string effective_toml(const settings& values);

/// The same as a JSON object by table.
[[nodiscard]] std::string effective_json(const settings& values);

/// The keys whose values differ, for a reload: `events.route` stands for all routes together.
struct difference {
  std::vector<std::string> reloadable;
  std::vector<std::string> needs_restart;
};
[[nodiscard]] difference compare(const settings& running, const settings& wanted);

/// What a reload comes to: `running` with the reloadable keys of `wanted`.
[[nodiscard]] settings merge(const settings& running, const settings& wanted);

/// What is wrong with the two together although each was right: a key that needs a restart may
/// stand against one that does not. Empty: nothing.
[[nodiscard]] std::vector<std::string> check_merged(const settings& merged);

}  // namespace gatehouse::config
