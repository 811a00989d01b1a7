/**
 * Resolves with the first truthy result of `condition`, asked at once and after every 'change' of
 * one of `sources`. Rejects at the deadline, and as soon as a source is no longer `running`.
 * Every source is an EventEmitter with `running` and `describe()`.
 */
export function until(sources, condition, what, milliseconds = 60_000) {
  return new Promise((resolve, reject) => {
    const settle = (finish, value) => {
      clearTimeout(timer);
      for (const source of sources) source.off('change', check);
      finish(value);
    };
    const fail = (why) => {
      const state = sources.map((source) => source.describe()).join('\n');
      settle(reject, new Error(`${why} while waiting for ${what}\n${state}`));
    };
    const check = () => {
      try {
        const result = condition();
        if (result) settle(resolve, result);
        else if (!sources.every((source) => source.running)) fail('a process ended');
      } catch (error) {
        settle(reject, error);
      }
    };
    const timer = setTimeout(() => fail(`deadline of ${milliseconds} ms`), milliseconds);
    for (const source of sources) source.on('change', check);
    check();
  });
}
