import { describe, expect, test } from '@jest/globals';
import { runStep, type StepContext } from '../../../activities/ssh/guest-step.js';
import type { GuestStep } from '../../../domain/guest-step.js';
import { ShellGuest } from './shell-guest.js';
import { aConnection, NEVER_ABORTED, type Answer } from './ssh-server.js';

const TOKEN = '0123456789abcdef'.repeat(4);
const SECRETS = new Map([['join-token', TOKEN]]);
const CONFIG = '/etc/app/config.yaml';

function aStep(change: Partial<GuestStep> = {}): GuestStep {
  return {
    id: 'start-app',
    title: 'Start the app',
    files: [],
    observe: 'test -f done',
    act: 'printf x >> acted\nprintf "" > done',
    verify: 'test -f done',
    timeoutSeconds: 30,
    ...change,
  };
}

function aConfig(content: string, mode = '0600'): GuestStep['files'] {
  return [{ path: CONFIG, mode, content }];
}

async function aMachine(around: (guest: ShellGuest) => Answer = (guest) => guest.answer) {
  const guest = new ShellGuest();
  const { connection, server } = await aConnection(around(guest));
  const context: StepContext = { connection, secrets: SECRETS, signal: NEVER_ABORTED, verifyPauseMs: 10 };
  return { guest, server, context, run: (step: GuestStep) => runStep(step, context) };
}

describe('observing', () => {
  test('a step whose effect is there is not acted on', async () => {
    const { guest, run } = await aMachine();
    guest.write('done', '');

    expect(await run(aStep())).toEqual({ changed: false });
    expect(guest.has('acted')).toBe(false);
  });

  test('a step is done once, however often it is run', async () => {
    const { guest, run } = await aMachine();

    const changes = [await run(aStep()), await run(aStep()), await run(aStep())];

    expect(changes.map(({ changed }) => changed)).toEqual([true, false, false]);
    expect(guest.read('acted')).toBe('x');
  });

  test('a step that cannot be observed is always acted on', async () => {
    const { guest, run } = await aMachine();
    const step = aStep({ observe: null });

    await run(step);
    await run(step);

    expect(guest.read('acted')).toBe('xx');
  });

  test('a file that differs makes the step act, though its effect looks as if it were there', async () => {
    const { guest, run } = await aMachine();
    guest.write('done', '');
    guest.write(CONFIG, 'old');

    expect(await run(aStep({ files: aConfig('new') }))).toEqual({ changed: true });
    expect(guest.read(CONFIG)).toBe('new');
    expect(guest.read('acted')).toBe('x');
  });

  test('a step that broke off between writing its file and acting acts when it is run again', async () => {
    let isBroken = true;
    const { guest, run } = await aMachine((machine) => (received) => {
      if (isBroken && received.stdin.includes('>> acted')) return { code: 1 };
      return machine.answer(received);
    });
    guest.write('done', '');
    const step = aStep({ files: aConfig('new') });
    await expect(run(step)).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    isBroken = false;

    const second = await run(step);

    expect(second).toEqual({ changed: true });
    expect(guest.read('acted')).toBe('x');
    expect(await run(step)).toEqual({ changed: false });
  });
});

describe('files', () => {
  test('are written with their mode into folders that are made for them, and no other file is left', async () => {
    const { guest, run } = await aMachine();

    await run(aStep({ files: aConfig('a: 1\n', '0640'), act: 'ls -A etc/app > listing\nprintf "" > done' }));

    expect(guest.read(CONFIG)).toBe('a: 1\n');
    expect(guest.mode(CONFIG)).toBe('640');
    expect(guest.read('listing')).toBe('config.yaml\n');
  });

  test.each([
    ['quotes', `'"\`"'`],
    ['newlines', '\n\na\r\n\n'],
    ['a NUL', 'a\0b'],
    ['substitutions', '$(touch owned) `touch owned` ${HOME} $$'],
    ['a heredoc end', 'EOF\n} </dev/null\ntouch owned\n'],
    ['replacement patterns', "$& $1 $' $`"],
    ['nothing', ''],
    ['more than a packet', 'x'.repeat(300_000)],
  ])('arrive unharmed with %s in them, and run nothing', async (_, content) => {
    const { guest, run } = await aMachine();

    await run(aStep({ files: aConfig(content) }));

    expect(guest.read(CONFIG)).toBe(content);
    expect(guest.has('owned')).toBe(false);
    expect(await run(aStep({ files: aConfig(content) }))).toEqual({ changed: false });
  });

  test('may have any path', async () => {
    const { guest, run } = await aMachine();
    const path = `/etc/a b/$(touch owned)'"/c\nd`;

    await run(aStep({ files: [{ path, mode: '0600', content: 'x' }] }));

    expect(guest.read(path)).toBe('x');
    expect(guest.has('owned')).toBe(false);
  });

  test('of which only a part arrives are not put in place', async () => {
    const { guest, run } = await aMachine((machine) => (received) => {
      const isWriting = received.command.includes('install');
      return machine.answer(isWriting ? { ...received, stdin: received.stdin.slice(0, 3) } : received);
    });
    guest.write(CONFIG, 'old');

    await expect(run(aStep({ files: aConfig('new content') }))).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
    });
    expect(guest.read(CONFIG)).toBe('old');
  });
});

describe('secrets', () => {
  test('are filled into files, and are on no command line', async () => {
    const { guest, server, run } = await aMachine();

    await run(aStep({ files: aConfig('token: "{{secret:join-token}}"\n') }));

    expect(guest.read(CONFIG)).toBe(`token: "${TOKEN}"\n`);
    expect(server.commands.join('\n')).not.toContain(TOKEN);
  });

  test('that the cluster does not have are named, before anything is done', async () => {
    const { server, run } = await aMachine();

    await expect(run(aStep({ files: aConfig('{{secret:nothing}}') }))).rejects.toMatchObject({
      code: 'SECRET_UNREADABLE',
      message: '/etc/app/config.yaml needs the secret "nothing", which the cluster does not have',
    });
    expect(server.commands).toEqual([]);
  });

  test('that a command prints are not in the error', async () => {
    const { run } = await aMachine();
    const act = `cat etc/app/config.yaml >&2\nprintf 'and then it broke' >&2\nexit 7`;

    const running = run(aStep({ files: aConfig('token {{secret:join-token}} '), act }));

    await expect(running).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      message: 'step "start-app": the command ended with exit code 7: token [redacted] and then it broke',
    });
  });

  test('of which a long output shows the end do not leak at the cut', async () => {
    const { run } = await aMachine();
    const act = `i=0; while test $i -lt 60; do cat etc/app/config.yaml >&2; i=$((i+1)); done; exit 1`;
    let message = '';

    await run(aStep({ files: aConfig('{{secret:join-token}}'), act })).catch((error: Error) => {
      ({ message } = error);
    });

    expect(message).toContain('[redacted]');
    expect(message).not.toContain(TOKEN.slice(-8));
  });
});

describe('acting', () => {
  test('stops at the first line that fails', async () => {
    const { guest, run } = await aMachine();

    await expect(run(aStep({ act: 'false\nprintf x > acted' }))).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
    });
    expect(guest.has('acted')).toBe(false);
  });

  test('gives each command an empty input, and none of the script', async () => {
    const { guest, run } = await aMachine();

    await run(aStep({ act: 'cat > swallowed\nprintf "" > done' }));

    expect(guest.read('swallowed')).toBe('');
  });

  test('runs nothing of a script of which only a part arrives', async () => {
    const { guest, run } = await aMachine((machine) => (received) => {
      const cut = received.stdin.indexOf('>> acted') + '>> acted'.length;
      return machine.answer(
        cut < 10 ? received : { ...received, stdin: `${received.stdin.slice(0, cut)}\n` },
      );
    });

    await expect(run(aStep())).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    expect(guest.has('acted')).toBe(false);
  });

  test('does not take a link that dies for success', async () => {
    const { run } = await aMachine((machine) => (received) => {
      if (!received.stdin.includes('>> acted')) return machine.answer(received);
      received.client.end();
      return undefined;
    });

    await expect(run(aStep())).rejects.toMatchObject({ code: 'SSH_OUTCOME_UNKNOWN' });
  });
});

describe('verifying', () => {
  test('is tried again until it succeeds', async () => {
    const { guest, run } = await aMachine();
    const verify = 'printf x >> tries\ntest "$(cat tries)" = xxx';

    expect(await run(aStep({ verify }))).toEqual({ changed: true });
    expect(guest.read('tries')).toBe('xxx');
  });

  test('ends with what the check says when the time is up', async () => {
    const { run } = await aMachine();
    const verify = 'printf "still %s" starting >&2\nexit 4';

    await expect(run(aStep({ verify, timeoutSeconds: 1 }))).rejects.toMatchObject({
      code: 'STEP_NOT_VERIFIED',
      message: expect.stringContaining('within 1 s; the check ends with exit code 4: still starting'),
    });
  });

  test('stops when it is cancelled', async () => {
    const cancel = new AbortController();
    const { context } = await aMachine((machine) => (received) => {
      if (received.stdin.includes('never')) cancel.abort(new Error('cancelled by the test'));
      return machine.answer(received);
    });

    const running = runStep(aStep({ verify: 'test -f never' }), { ...context, signal: cancel.signal });

    await expect(running).rejects.toThrow('cancelled by the test');
  });
});
