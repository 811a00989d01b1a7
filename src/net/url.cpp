#include <gatehouse/net/url.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace gatehouse::net {
namespace {

struct scheme_row {
  std::string_view prefix;
  url_scheme scheme;
  std::uint16_t port;
};
constexpr std::array scheme_rows{
    scheme_row{"http://", url_scheme::http, 80},
    scheme_row{"https://", url_scheme::https, 443},
    scheme_row{"ws://", url_scheme::ws, 80},
    scheme_row{"wss://", url_scheme::wss, 443},
    scheme_row{"http+unix://", url_scheme::http_unix, 0},
};

const scheme_row& row_of(url_scheme scheme) {
  return *std::find_if(scheme_rows.begin(), scheme_rows.end(),
                       [&](const scheme_row& row) { return row.scheme == scheme; });
}

bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7F || c == '#';
  });
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port != 0;
}

bool parse_authority(std::string_view text, url& out) {
  if (text.find('@') != std::string_view::npos) return false;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    out.host = text.substr(1, end - 1);
    const auto rest = text.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return false;
    port = rest;
  } else {
    const auto colon = text.find(':');
    out.host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon);
  }
  if (out.host.empty()) return false;
  return port.empty() || parse_port(port.substr(1), out.port);
}

bool parse_unix(std::string_view rest, url& out) {
  const auto colon = rest.find(':');
  out.host = rest.substr(0, colon);
  if (colon != std::string_view::npos) out.target = rest.substr(colon + 1);
  return out.host.starts_with('/') && out.host.size() > 1 && out.target.starts_with('/');
}

}  // namespace

std::optional<url> parse_url(std::string_view text) {
  if (!is_clean(text)) return std::nullopt;
  const auto row = std::find_if(scheme_rows.begin(), scheme_rows.end(), [&](const auto& candidate) {
    return text.starts_with(candidate.prefix);
  });
  if (row == scheme_rows.end()) return std::nullopt;

  url out;
  out.scheme = row->scheme;
  out.port = row->port;
  const auto rest = text.substr(row->prefix.size());
  if (out.scheme == url_scheme::http_unix) {
    return parse_unix(rest, out) ? std::optional{out} : std::nullopt;
  }
  const auto path = std::min(rest.find_first_of("/?"), rest.size());
  if (!parse_authority(rest.substr(0, path), out)) return std::nullopt;
  if (path < rest.size()) {
    out.target = rest.substr(path);
    if (out.target.front() == '?') out.target.insert(0, 1, '/');
  }
  return out;
}

std::string url::authority() const {
  if (scheme == url_scheme::http_unix) return "localhost";
  const bool is_v6 = host.find(':') != std::string::npos;
  std::string text = is_v6 ? '[' + host + ']' : host;
  if (port != row_of(scheme).port) text += ':' + std::to_string(port);
  return text;
}

std::string url::to_string() const {
  const std::string_view path{target.data(), std::min(target.find('?'), target.size())};
  std::string text{row_of(scheme).prefix};
  text += scheme == url_scheme::http_unix ? host + ':' : authority();
  text += path;
  return text;
}

}  // namespace gatehouse::net
