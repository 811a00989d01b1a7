#include <gatehouse/rest/route.hpp>

namespace gatehouse::rest {

std::string describe_route(std::string_view route) {
  route = route.substr(0, route.find('?'));
  for (const std::string_view collection : {"/interactions/", "/webhooks/"}) {
    const auto start = route.find(collection);
    if (start == std::string_view::npos) continue;
    const auto id_end = route.find('/', start + collection.size());
    if (id_end == std::string_view::npos) continue;
    const auto token_end = route.find('/', id_end + 1);
    const auto rest =
        token_end == std::string_view::npos ? std::string_view{} : route.substr(token_end);
    return std::string{route.substr(0, id_end + 1)} + "…" + std::string{rest};
  }
  return std::string{route};
}

}  // namespace gatehouse::rest
