import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { assertEverythingDelivered } from './harness/delivery.mjs';
import { Trio, flood, guilds } from './harness/trio.mjs';
import { assertTypedCallbacks } from './harness/typed_callbacks.mjs';

describe('a bot on discordeno 18 that tells loaded guilds from joined ones', () => {
  it('gets the guilds of READY as GUILD_LOADED_DD', async (test) => {
    const trio = await Trio.start(test, {
      bot: 'discordeno_18_bot',
      envelope: 'message',
      filter: { guild_create: 'loaded_dd' },
      flood,
    });
    await trio.untilDelivered();

    const statistics = await trio.close();
    assertEverythingDelivered(trio.bot, statistics);
    assertTypedCallbacks(trio.bot, ['READY', 'MESSAGE_CREATE', 'INTERACTION_CREATE']);
    assert.equal(trio.bot.callbacksNamed('guildLoaded').length, guilds);
    assert.equal(trio.bot.callbacksNamed('guildCreate').length, 0);
  });
});
