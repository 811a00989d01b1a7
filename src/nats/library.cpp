#include "library.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <span>
#include <stdexcept>

namespace gatehouse::nats {

namespace {

/// The end of the daemon waits for an attempt that is under way.
constexpr std::chrono::milliseconds longest_connect{5'000};

void require(natsStatus status, std::string_view key) {
  if (status == NATS_OK) return;
  throw std::runtime_error(std::string{key} + ": " + last_error_text(status));
}

void set_credentials(natsOptions* options, const config::nats_settings& settings) {
  if (!settings.credentials_file.empty()) {
    require(natsOptions_SetUserCredentialsFromFiles(options, settings.credentials_file.c_str(),
                                                    nullptr),
            "nats.credentials_file");
  }
  if (!settings.user.empty()) {
    require(
        natsOptions_SetUserInfo(options, settings.user.c_str(), settings.password.reveal().c_str()),
        "nats.user");
  }
  if (!settings.token.empty()) {
    require(natsOptions_SetToken(options, settings.token.reveal().c_str()), "nats.token");
  }
}

void set_tls(natsOptions* options, const config::nats_settings& settings) {
  require(natsOptions_SetSecure(options, true), "nats.servers");
  if (!settings.ca_file.empty()) {
    require(natsOptions_LoadCATrustedCertificates(options, settings.ca_file.c_str()),
            "nats.ca_file");
  }
  if (!settings.certificate_file.empty()) {
    require(natsOptions_LoadCertificatesChain(options, settings.certificate_file.c_str(),
                                              settings.key_file.c_str()),
            "nats.certificate_file");
  }
}

}  // namespace

owned<natsOptions> make_options(const config::nats_settings& settings, const std::string& server,
                                const connection_purpose& purpose) {
  using std::chrono::milliseconds;
  natsOptions* made = nullptr;
  require(natsOptions_Create(&made), "nats");
  owned<natsOptions> options{made};
  require(natsOptions_SetURL(made, server.c_str()), "nats.servers");
  require(natsOptions_SetName(made, ("gatehouse " + purpose.name).c_str()), "nats");
  // A lost connection is made anew by its owner: the library would hold its lock meanwhile, and
  // keep what nobody waits for any more.
  require(natsOptions_SetAllowReconnect(made, false), "nats");
  require(natsOptions_SetTimeout(made, std::min(settings.timeout, longest_connect).count()),
          "nats.timeout_ms");
  require(
      natsOptions_SetWriteDeadline(made, std::max(settings.timeout, milliseconds{2'000}).count()),
      "nats.timeout_ms");
  // A server that has stopped is left after so long; one that reads a large message is not.
  require(natsOptions_SetPingInterval(made, purpose.is_urgent ? 1'000 : 2'000), "nats");
  require(natsOptions_SetMaxPingsOut(made, purpose.is_urgent ? 2 : 3), "nats");
  require(natsOptions_SetSendAsap(made, purpose.is_urgent), "nats");
  set_credentials(made, settings);
  if (server.starts_with("tls://")) set_tls(made, settings);
  return options;
}

owned<natsMsg> to_library(const message& from, const std::string& reply_to) {
  natsMsg* made = nullptr;
  const auto status =
      natsMsg_Create(&made, from.subject.c_str(), reply_to.empty() ? nullptr : reply_to.c_str(),
                     from.payload.data(), static_cast<int>(from.payload.size()));
  if (status != NATS_OK) return {};
  owned<natsMsg> result{made};
  for (const auto& [name, value] : from.headers) {
    if (natsMsgHeader_Add(made, name.c_str(), value.c_str()) != NATS_OK) return {};
  }
  return result;
}

message from_library(natsMsg* from) {
  message got;
  got.subject = natsMsg_GetSubject(from);
  got.payload.assign(natsMsg_GetData(from), static_cast<std::size_t>(natsMsg_GetDataLength(from)));
  if (const char* reply = natsMsg_GetReply(from)) got.reply_to = reply;
  const char** names = nullptr;
  int name_count = 0;
  if (natsMsgHeader_Keys(from, &names, &name_count) != NATS_OK) return got;
  for (const char* name : std::span{names, static_cast<std::size_t>(name_count)}) {
    const char** values = nullptr;
    int value_count = 0;
    if (natsMsgHeader_Values(from, name, &values, &value_count) != NATS_OK) continue;
    for (const char* value : std::span{values, static_cast<std::size_t>(value_count)}) {
      got.headers.push_back({name, value});
    }
    std::free(static_cast<void*>(values));
  }
  std::free(static_cast<void*>(names));
  return got;
}

std::string last_error_text(natsStatus status) {
  natsStatus last = NATS_OK;
  const char* detail = nats_GetLastError(&last);
  std::string text = natsStatus_GetText(status);
  if (last == status && detail != nullptr && *detail != '\0') text.append(": ").append(detail);
  return text;
}

}  // namespace gatehouse::nats
