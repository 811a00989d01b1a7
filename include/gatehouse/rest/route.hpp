#pragma once

#include <string>
#include <string_view>

namespace gatehouse::rest {

/// A route for logs: without query, and with the token of an interaction or webhook replaced, as in
/// `/interactions/123/…/callback`. Whoever holds such a token can speak for the bot.
std::string describe_route(std::string_view route);

}  // namespace gatehouse::rest
