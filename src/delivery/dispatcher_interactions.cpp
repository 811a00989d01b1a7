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
  if (interaction.answered != events::event::answer::none) return;
  const auto key = key_of(interaction);
  const bool has_begun =
      chosen_.responder->answer(interaction, target_of(interaction).name(),
                                [key, self = std::weak_ptr{self_}](responder_answer given) {
                                  if (const auto alive = self.lock())
                                    (*alive)->on_answered(key, given);
                                });
  if (!has_begun) return;
  interaction.answered = events::event::answer::under_way;
  being_answered_[key] = {&interaction, interaction.queue, 0, 0, {}};
  // Its handler would answer too, or learn too late that somebody has.
  if (interaction.is_lined_up) {
    interaction.is_held = true;
  } else {
    target_of(interaction).hold(interaction);
  }
}

void dispatcher::impl::on_answered(const event_key& key, responder_answer given) {
  const auto found = being_answered_.find(key);
  if (found == being_answered_.end()) return;  // delivered or dropped meanwhile
  if (found->second.event == nullptr) {
    found->second.given = given;
    if (found->second.queue->is_loading) return;  // it may be about to come back
    note_answer_on_disk(found->second);
    being_answered_.erase(found);
    return check_stopped();
  }
  events::event& interaction = *found->second.event;
  being_answered_.erase(found);
  take_answer(interaction, given);
  if (interaction.deferred != 0) backlog_.note_deferred(interaction);

  target& holder = target_of(interaction);
  if (interaction.is_unwanted && !interaction.is_under_way) {
    ++finally_answered_;
    take_out(interaction);
  } else if (interaction.is_lined_up) {
    interaction.is_held = false;
  } else if (!interaction.is_unwanted) {
    holder.release(interaction);
  }
  holder.pump(runtime::clock::now());
  check_stopped();
}

void dispatcher::impl::take_answer(events::event& interaction, responder_answer given) {
  interaction.answered = events::event::answer::given;
  if (given.deferred != 0) interaction.deferred = static_cast<std::uint8_t>(given.deferred);
  // If its handler does not take it now, nobody need.
  interaction.is_unwanted = given.is_final;
}

void dispatcher::impl::note_answer_on_disk(const answering& absent) {
  if (absent.given->is_final) {
    ++finally_answered_;
    backlog_.note_on_disk(*absent.queue, absent.block, absent.index, storage::mark_done);
  } else if (absent.given->deferred != 0) {
    backlog_.note_on_disk(*absent.queue, absent.block, absent.index,
                          static_cast<storage::event_mark>(absent.given->deferred));
  }
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
