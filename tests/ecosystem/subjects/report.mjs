/**
 * The link between a client process and its test: options come as the first argument in JSON,
 * reports go as messages of the process. The process ends when the test asks or is gone.
 */
export function reportTo(host) {
  const failure = (error) => host.send({ kind: 'failure', text: String(error?.stack ?? error) });
  host.on('uncaughtException', failure);
  host.on('unhandledRejection', failure);

  let closeClient = () => {};
  const stop = async () => {
    await closeClient();
    host.exit(0);
  };
  host.on('SIGTERM', stop);
  host.on('disconnect', () => host.exit(1));

  return {
    options: JSON.parse(host.argv[2]),
    onStop: (close) => {
      closeClient = close;
    },
    report: {
      failure,
      hello: (shard) => host.send({ kind: 'hello', shard }),
      acknowledged: (shard) => host.send({ kind: 'acknowledged', shard }),
      dispatch: (shard, { op, t, s, d }) => {
        if (op !== 0) return;
        const identity = t === 'READY' ? d.shard : undefined;
        host.send({ kind: 'dispatch', shard, t, s, number: d?.sim, identity });
      },
    },
  };
}
