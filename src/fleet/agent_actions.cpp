#include <gatehouse/fleet/agent.hpp>

#include <spdlog/spdlog.h>

/// What the member decides, carried out.
namespace gatehouse::fleet {
namespace {

using result = key_answer::result;

std::string_view describe(contact now) {
  switch (now) {
    case contact::live:
      return "contact to NATS again";
    case contact::isolated:
      return "no contact to NATS: connections are kept, nothing is identified, taken or moved";
    case contact::stopped:
      break;
  }
  return "no contact to NATS for long: connections are closed (cluster.when_isolated)";
}

}  // namespace

/// An action may lead to the next input at once: what that decides comes behind.
void agent::perform() {
  if (is_performing_) return;
  is_performing_ = true;
  for (auto todo = member_->take_actions(); !todo.empty(); todo = member_->take_actions()) {
    for (const auto& each : todo) {
      if (is_stopped_) break;
      std::visit([this](const auto& wanted) { perform_one(wanted); }, each);
    }
  }
  is_performing_ = false;
}

// ---- the engine ----

key_answer agent::judge(const std::string& key, const nats::result<nats::entry>& read) {
  key_answer told;
  if (!read) {
    told.what = read.error().what == nats::errc::not_found ? result::missing : result::unanswered;
    return told;
  }
  told.revision = read->revision;
  auto content = read_record(key, read->value);
  if (content) {
    told.what = result::found;
    told.value = std::move(*content);
  } else {
    told.what = result::unreadable;
    told.why = content.error();
  }
  return told;
}

/// Whatever is not a clear answer may have been done, or may be done later.
key_answer agent::judge(const std::string& /*key*/, const nats::result<std::uint64_t>& written) {
  key_answer told;
  if (written) {
    told.what = result::stored;
    told.revision = *written;
  } else if (written.error().what == nats::errc::wrong_revision) {
    told.what = result::refused;
  }
  return told;
}

void agent::perform_one(const read_key& wanted) {
  client_->get(bucket_, wanted.key,
               [this, key = wanted.key](const auto& read) { answer(key, judge(key, read)); });
}

void agent::perform_one(const write_key& wanted) {
  client_->compare_and_set(
      bucket_, wanted.key, to_text(wanted.value), wanted.expected_revision,
      [this, key = wanted.key](const auto& written) { answer(key, judge(key, written)); });
}

void agent::perform_one(const send_message& wanted) {
  std::string subject = settings_.name;
  switch (wanted.to) {
    case audience::all:
      subject += std::holds_alternative<heartbeat>(wanted.content) ? ".hb" : ".news";
      break;
    case audience::coordinator:
      subject += ".coordinator";
      break;
    case audience::one:
      subject += ".m." + wanted.member;
      break;
  }
  client_->publish({std::move(subject), to_text(wanted.content), {}, {}});
}

// ---- the shards ----

void agent::perform_one(const take_shard& wanted) {
  shards_->take(wanted);
}

void agent::perform_one(const release_shard& wanted) {
  shards_->release(wanted.shard_id);
}

void agent::perform_one(const drop_shard& wanted) {
  shards_->drop(wanted.shard_id);
}

void agent::perform_one(const give_leave& wanted) {
  shards_->give(wanted);
}

void agent::perform_one(const contact_changed& wanted) {
  if (wanted.now == contact::live) {
    log_->info("{}", describe(wanted.now));
  } else {
    log_->warn("{}", describe(wanted.now));
  }
  shards_->change_contact(wanted.now);
}

// ---- the process ----

void agent::perform_one(const ask_limit& /*wanted*/) {
  shards_->ask_limit();
}

void agent::perform_one(const say& wanted) {
  if (wanted.is_trouble) {
    log_->warn("{}", wanted.text);
  } else {
    log_->info("{}", wanted.text);
  }
}

void agent::perform_one(const end_process& wanted) {
  log_->critical("this process cannot be a member of the fleet {}: {}", settings_.name, wanted.why);
  shards_->end_process(wanted.why);
}

}  // namespace gatehouse::fleet
