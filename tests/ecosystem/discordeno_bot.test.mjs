import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { assertEverythingDelivered, assertGuildOrder } from './harness/delivery.mjs';
import { Trio, flood } from './harness/trio.mjs';
import { assertTypedCallbacks } from './harness/typed_callbacks.mjs';

describe('a bot on discordeno 21', () => {
  const kind = { bot: 'discordeno_bot', envelope: 'payload' };

  it('fires the typed callback of every event, and answers interactions', async (test) => {
    const trio = await Trio.start(test, { ...kind, flood });
    await trio.untilDelivered();
    const interactions = trio.bot.eventsOfType('INTERACTION_CREATE').length;
    assert.ok(interactions > 0);
    await trio.until(
      () => trio.bot.callbacksNamed('answered').length === interactions,
      'an answer to every interaction',
    );

    const statistics = await trio.close();
    assertEverythingDelivered(trio.bot, statistics);
    assertGuildOrder(trio.bot);
    assertTypedCallbacks(trio.bot);
    assert.equal(statistics.callbacks, interactions);
  });

  it('misses nothing while it restarts', async (test) => {
    const trio = await Trio.start(test, { ...kind, flood });
    await trio.until(() => trio.bot.distinctEvents >= flood / 10, 'the first events');
    await trio.bot.stop();
    assert.ok(trio.bot.distinctEvents < flood, 'some of the flood is still to come');
    await trio.bot.restart();
    await trio.untilDelivered();

    const statistics = await trio.close();
    assertEverythingDelivered(trio.bot, statistics, { repeats: true });
  });
});

describe('a bot on discordeno 18', () => {
  const kind = { bot: 'discordeno_18_bot', envelope: 'message' };

  it('fires the typed callback of every event', async (test) => {
    const trio = await Trio.start(test, { ...kind, flood });
    await trio.untilDelivered();

    const statistics = await trio.close();
    assertEverythingDelivered(trio.bot, statistics);
    assertGuildOrder(trio.bot);
    assertTypedCallbacks(trio.bot, [
      'READY',
      'GUILD_CREATE',
      'MESSAGE_CREATE',
      'MESSAGE_UPDATE',
      'VOICE_STATE_UPDATE',
      'INTERACTION_CREATE',
    ]);
  });
});
