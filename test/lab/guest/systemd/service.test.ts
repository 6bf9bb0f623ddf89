import { describe, expect, test } from '@jest/globals';
import { Service, type ServiceHost } from '../../../../lab/guest/systemd/service.js';
import type { ServiceLink } from '../../../../lab/guest/system.js';
import type { Unit } from '../../../../lab/guest/systemd/unit-file.js';
import { until } from '../lab.js';

function aUnit(changes: Partial<Unit> = {}): Unit {
  return {
    name: 'app.service',
    path: '/etc/systemd/system/app.service',
    description: 'An app',
    type: 'notify',
    execStartPre: [],
    execStart: [{ words: ['/usr/bin/app'], mayFail: false }],
    environment: {},
    user: 'root',
    restart: 'no',
    restartMs: 1,
    remainsAfterExit: false,
    wantedBy: [],
    execReload: [],
    pathConditions: [],
    contentConditions: [],
    ...changes,
  };
}

type Program = (link: ServiceLink, signal: AbortSignal, words: readonly string[]) => Promise<number>;

/** @param program what `run` does; counts its runs. */
function aHost(program: Program): ServiceHost & { readonly lines: string[]; runs: number } {
  const host = {
    lines: [] as string[],
    runs: 0,
    run: (_: Unit, { words }: { words: readonly string[] }, link: ServiceLink, signal: AbortSignal) => {
      host.runs += 1;
      return program(link, signal, words);
    },
    hasProgram: (path: string) => !path.startsWith('/missing'),
    log: (_: Unit, _identifier: string, message: string) => void host.lines.push(message),
    pause: (_ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        if (signal.aborted) reject(signal.reason as Error);
        setImmediate(() => (signal.aborted ? reject(signal.reason as Error) : resolve()));
      }),
    nextPid: () => 700 + host.runs,
  };
  return host;
}

const untilStopped: Program = (link, signal) =>
  new Promise((resolve) => {
    link.ready();
    signal.addEventListener('abort', () => resolve(0), { once: true });
  });

describe('a service', () => {
  test('is active when it says that it is ready, and inactive when it is stopped', async () => {
    const service = new Service(aUnit(), aHost(untilStopped));

    const started = await service.start(aUnit());
    const whileUp = service.state;
    await service.stop();

    expect([started, whileUp, service.state]).toEqual(['done', 'active', 'inactive']);
  });

  test('has failed when it ends before it was ready', async () => {
    const host = aHost(async () => 1);
    const service = new Service(aUnit(), host);

    const result = await service.start(aUnit());

    expect([result, service.state, service.lastCode]).toEqual(['failed', 'failed', 1]);
    expect(host.lines).toContain('app.service: Main process exited, code=exited, status=1/FAILURE');
  });

  test('is started again for as long as it fails, and comes up in the end', async () => {
    const host: ReturnType<typeof aHost> = aHost((link, signal, words) =>
      host.runs < 4 ? Promise.resolve(1) : untilStopped(link, signal, words),
    );
    const unit = aUnit({ restart: 'always' });
    const service = new Service(unit, host);

    const first = await service.start(unit);
    const between = service.state;
    await until(async () => service.state === 'active');

    expect([first, between, service.restarts]).toEqual(['failed', 'activating', 3]);
    await service.stop();
  });

  test('that waits to be started again is not, once it is stopped', async () => {
    const host = aHost(async () => 1);
    const unit = aUnit({ restart: 'always' });
    const service = new Service(unit, host);
    await service.start(unit);

    await service.stop();
    const runs = host.runs;
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

    expect([service.state, host.runs]).toEqual(['inactive', runs]);
  });

  test('is started once for two who ask at the same time', async () => {
    const host = aHost(untilStopped);
    const service = new Service(aUnit(), host);

    const results = await Promise.all([service.start(aUnit()), service.start(aUnit())]);

    expect([results, host.runs]).toEqual([['done', 'done'], 1]);
    await service.stop();
  });

  test('does not run without its program', async () => {
    const unit = aUnit({ type: 'simple', execStart: [{ words: ['/missing/app'], mayFail: false }] });
    const host = aHost(untilStopped);
    const service = new Service(unit, host);

    const result = await service.start(unit);

    expect([result, service.lastCode, host.runs]).toEqual(['failed', 203, 0]);
  });

  test.each([
    ['may fail', true, 'done'],
    ['must not fail', false, 'failed'],
  ] as const)('whose preparation %s', async (_, mayFail, expected) => {
    const unit = aUnit({ execStartPre: [{ words: ['/sbin/prepare'], mayFail }] });
    const host = aHost((link, signal, words) =>
      words[0] === '/sbin/prepare' ? Promise.resolve(1) : untilStopped(link, signal, words),
    );
    const service = new Service(unit, host);

    expect(await service.start(unit)).toBe(expected);
    await service.stop();
  });

  test.each([
    [false, 'inactive'],
    [true, 'active'],
  ])('of type oneshot, with RemainAfterExit=%s, is %s afterwards', async (remainsAfterExit, state) => {
    const unit = aUnit({ type: 'oneshot', remainsAfterExit });
    const service = new Service(
      unit,
      aHost(async () => 0),
    );

    expect([await service.start(unit), service.state]).toEqual(['done', state]);
  });

  test('that is stopped while it starts does not come up', async () => {
    const host = aHost(
      (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(0))),
    );
    const service = new Service(aUnit({ restart: 'always' }), host);
    const starting = service.start(aUnit({ restart: 'always' }));

    await service.stop();

    expect([await starting, service.state, host.runs]).toEqual(['failed', 'inactive', 1]);
  });
});
