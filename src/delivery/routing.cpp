#include <gatehouse/delivery/routing.hpp>

#include <algorithm>
#include <stdexcept>

namespace gatehouse::delivery {

routing::routing(const config::handler_settings& handlers,
                 const std::vector<config::event_route>& routes,
                 const controllers::decision_points* decisions)
    : decisions_(decisions != nullptr && decisions->decides_url() ? decisions : nullptr) {
  add_group(handlers.urls);
  for (const auto& route : routes) {
    fingerprint_ += '\n';
    for (const auto& name : route.events) {
      routes_.emplace_back(name, groups_.size());
      fingerprint_ += name + ' ';
    }
    add_group(route.urls);
  }
}

void routing::add_group(const std::vector<std::string>& urls) {
  groups_.push_back(make_group(urls));
  for (const auto& url : urls) fingerprint_ += url + ' ';
  texts_.push_back(urls);
}

routing::group routing::make_group(const std::vector<std::string>& urls) {
  if (urls.empty()) throw std::invalid_argument("no handler URL");
  group numbers;
  for (const auto& text : urls) numbers.push_back(number_of(text));
  return numbers;
}

std::uint16_t routing::number_of(const std::string& text) {
  const auto parsed = net::parse_url(text);
  if (!parsed || !(parsed->is_http() || parsed->is_jetstream())) {
    throw std::invalid_argument("a handler URL is not http, https, http+unix or jetstream");
  }
  const auto known = std::find(urls_.begin(), urls_.end(), *parsed);
  const auto number = static_cast<std::uint16_t>(known - urls_.begin());
  if (known == urls_.end()) urls_.push_back(*parsed);
  numbers_.emplace(text, number);
  return number;
}

std::size_t routing::route_of(std::string_view event_name) const noexcept {
  // The first route that names an event has it.
  const auto found = std::find_if(routes_.begin(), routes_.end(),
                                  [&](const auto& entry) { return entry.first == event_name; });
  return found == routes_.end() ? 0 : found->second;
}

std::uint16_t routing::choose(std::size_t route, int shard_id, std::string_view event_name) const {
  const auto& urls = texts_[route];
  const url_question asked{shard_id, event_name, urls,
                           static_cast<std::size_t>(shard_id) % urls.size()};
  return groups_[route][decisions_->handler_url(asked)];
}

std::uint16_t routing::target_of(std::string_view event_name, int shard_id) const {
  const auto route = route_of(event_name);
  return is_decided() ? choose(route, shard_id, event_name) : target_of(route, shard_id);
}

std::string routing::queue_name(const net::url& url) {
  return url.full();
}

std::optional<std::uint16_t> routing::number_of_url(std::string_view text) const {
  const auto found = numbers_.find(text);
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> routing::routed_names() const {
  std::vector<std::string> names;
  names.reserve(routes_.size());
  for (const auto& [name, route] : routes_) names.push_back(name);
  return names;
}

}  // namespace gatehouse::delivery
