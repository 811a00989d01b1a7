#include "dispatcher_impl.hpp"

/// The part of the dispatcher that has interactions answered whose handler does not.
namespace gatehouse::delivery {

void dispatcher::impl::watch(events::event& interaction) {
  // One that goes to disk may be out of reach when it is due.
  if (interaction.is_lined_up || !target_of(interaction).is_up()) {
    answer(interaction);
  } else {
    unanswered_.add(interaction);
  }
}

void dispatcher::impl::answer(events::event& interaction) {
  const auto key = key_of(interaction);
  const bool has_begun = chosen_.responder->answer(
      interaction, [key, self = std::weak_ptr{self_}](responder_answer given) {
        if (const auto alive = self.lock()) (*alive)->on_answered(key, given);
      });
  if (!has_begun) return;
  interaction.answered = events::event::answer::under_way;
  being_answered_.emplace(key, &interaction);
  // Its handler would answer too, or learn too late that somebody has.
  if (interaction.is_lined_up) {
    interaction.is_held = true;
  } else {
    target_of(interaction).hold(interaction);
  }
}

void dispatcher::impl::on_answered(const storage::event_key& key, responder_answer given) {
  const auto found = being_answered_.find(key);
  if (found == being_answered_.end()) return;  // delivered or dropped meanwhile
  events::event& interaction = *found->second;
  being_answered_.erase(found);
  interaction.answered = events::event::answer::given;
  interaction.deferred = static_cast<std::uint8_t>(given.deferred);
  if (given.deferred != 0) spooled_.note_deferred(interaction);

  target& holder = target_of(interaction);
  const bool is_waiting = interaction.age_hook.is_linked();
  if (given.is_final && is_waiting) {
    ++finally_answered_;
    take_out(interaction);
  } else if (given.is_final) {
    interaction.is_unwanted = true;  // if its handler does not take it now, nobody need
  } else if (interaction.is_lined_up) {
    interaction.is_held = false;
  } else {
    holder.release(interaction);
  }
  holder.pump(runtime::clock::now());
  check_stopped();
}

void dispatcher::impl::on_unwanted(events::event& returned) {
  ++finally_answered_;
  take_out(returned);
}

void dispatcher::impl::on_health(target& changed) {
  if (changed.is_up() || chosen_.responder == nullptr) return;
  unanswered_.take_all_of(changed.index(), [this](events::event& waiting) { answer(waiting); });
}

void dispatcher::impl::answer_due(runtime::time_point now) {
  while (events::event* due = unanswered_.take_due(now)) answer(*due);
}

}  // namespace gatehouse::delivery
