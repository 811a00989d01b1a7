#include <gatehouse/nats/engine.hpp>

#include <boost/throw_exception.hpp>

#include <stdexcept>

namespace gatehouse::nats {

std::string_view to_string(errc what) noexcept {
  switch (what) {
    case errc::no_responders:
      return "no responders";
    case errc::timed_out:
      return "no answer in time";
    case errc::in_progress:
      return "being stored";
    case errc::wrong_revision:
      return "wrong revision";
    case errc::not_found:
      return "not found";
    case errc::full:
      return "full";
    case errc::too_large:
      return "larger than the server's max_payload";
    case errc::refused:
      return "refused";
    case errc::not_connected:
      return "not connected";
  }
  return "unknown failure";
}

std::string to_text(const failure& error) {
  std::string text{to_string(error.what)};
  if (!error.text.empty()) text.append(": ").append(error.text);
  return text;
}

void throw_exception_from_error(const failure& error, const boost::source_location& where) {
  boost::throw_exception(std::runtime_error(to_text(error)), where);
}

stream_settings bucket_settings(std::string_view bucket, int replicas) {
  stream_settings wanted;
  wanted.name = "KV_" + std::string{bucket};
  wanted.subjects = {"$KV." + std::string{bucket} + ".>"};
  wanted.replicas = replicas;
  wanted.max_messages_per_subject = 1;
  return wanted;
}

}  // namespace gatehouse::nats
