/** What is done on a load balancer before a machine behind it stops, and when it is back. */
import type { GuestStep } from '../guest-step.js';
import { expect, isHostName } from '../network/expectations.js';
import { backendName } from './haproxy-config.js';
import { forwardedPorts, type LoadBalancer, machinesBehind } from './load-balancer.js';
import { adminState, ask, sessionCount } from './runtime-commands.js';

export interface Drain {
  /** What is forwarded, and the machines behind it. */
  readonly loadBalancer: LoadBalancer;
  /** The machine that goes. */
  readonly machine: string;
  /** How long its connections may go on before they are closed. */
  readonly patienceSeconds: number;
}

const COMMAND_TIMEOUT_SECONDS = 60;
const DRAIN_BIT = 8;

/**
 * The machine gets no new connections any more; those that it has may end, and those that do not end by themselves are
 * closed then, so that their clients come back to another machine before this one stops. To be run on each balancer.
 * A machine that a balancer does not know is drained already. Nothing of it is kept over a reload of HAProxy.
 * @returns none when the machine is behind no port.
 * @throws `INVALID_REQUEST`
 */
export function drainSteps(drain: Drain): GuestStep[] {
  const { machine, patienceSeconds } = drain;
  const backends = backendsOf(drain);
  if (backends.length === 0) return [];
  const isDrained = backends.map((backend) => isIn(backend, machine, 'drain')).join('\n');
  return [
    {
      id: `drain-${machine}`,
      title: `Send no new connections to ${machine}`,
      files: [],
      observe: isDrained,
      act: backends.map((backend) => setState(backend, machine, 'drain')).join('\n'),
      verify: isDrained,
      timeoutSeconds: COMMAND_TIMEOUT_SECONDS,
    },
    {
      id: `drained-${machine}`,
      title: `Wait until ${machine} has no connections`,
      files: [],
      observe: hasNone(backends, machine),
      act: [
        ...counting(backends, machine),
        'left=$(count)',
        `for second in $(seq ${patienceSeconds}); do`,
        '  if test "$left" -eq 0; then break; fi',
        '  sleep 1',
        '  left=$(count)',
        'done',
        'if test "$left" -ne 0; then',
        `  echo "$left connections to ${machine} go on after ${patienceSeconds} s: they are closed" >&2`,
        ...backends.map((backend) => `  ${ask(`shutdown sessions server ${backend}/${machine}`)}`),
        'fi',
      ].join('\n'),
      verify: hasNone(backends, machine),
      timeoutSeconds: patienceSeconds + COMMAND_TIMEOUT_SECONDS,
    },
  ];
}

/**
 * The way back: the machine gets connections again as soon as its checks pass.
 * @throws `INVALID_REQUEST`
 */
export function readyStep(drain: Pick<Drain, 'loadBalancer' | 'machine'>): GuestStep {
  const { machine } = drain;
  const backends = backendsOf(drain);
  const isReady = ['true', ...backends.map((backend) => isIn(backend, machine, 'ready'))].join('\n');
  return {
    id: `ready-${machine}`,
    title: `Send connections to ${machine} again`,
    files: [],
    observe: isReady,
    act: ['true', ...backends.map((backend) => setState(backend, machine, 'ready'))].join('\n'),
    verify: isReady,
    timeoutSeconds: COMMAND_TIMEOUT_SECONDS,
  };
}

function backendsOf({ loadBalancer, machine }: Pick<Drain, 'loadBalancer' | 'machine'>): string[] {
  expect(isHostName(machine), `"${machine}"`, 'a host name in lower case');
  return forwardedPorts(loadBalancer)
    .filter((port) => machinesBehind(port, loadBalancer.machines).some(({ name }) => name === machine))
    .map(backendName);
}

/** Without an HAProxy that answers nothing is known. */
const ANSWERS = `${ask('show stat')} | grep -q '^# pxname,'`;

function isIn(backend: string, machine: string, state: 'drain' | 'ready'): string {
  const drained = state === 'drain' ? 1 : 0;
  return [
    `${ANSWERS} || { echo 'haproxy does not answer' >&2; exit 1; }`,
    `for flags in $(${adminState(backend, machine)}); do`,
    `  test $((flags / ${DRAIN_BIT} % 2)) -eq ${drained} || { echo '${backend}/${machine} is not in ${state}' >&2; exit 1; }`,
    'done',
  ].join('\n');
}

/** HAProxy says nothing when it did what was asked. */
function setState(backend: string, machine: string, state: 'drain' | 'ready'): string {
  return [
    `words=$(${ask(`set server ${backend}/${machine} state ${state}`)} | tr -d '\\n')`,
    'case $words in',
    "  '' | 'No such server.' | 'No such backend.') ;;",
    `  *) echo "${backend}/${machine}: $words" >&2; exit 1 ;;`,
    'esac',
  ].join('\n');
}

function counting(backends: readonly string[], machine: string): string[] {
  const counts = backends.map((backend) => sessionCount(backend, machine));
  return ['count() {', `  { ${counts.join('; ')}; } | awk '{ sum += $1 } END { print sum + 0 }'`, '}'];
}

function hasNone(backends: readonly string[], machine: string): string {
  return [
    ...counting(backends, machine),
    `${ANSWERS} || { echo 'haproxy does not answer' >&2; exit 1; }`,
    'left=$(count)',
    `test "$left" -eq 0 || { echo "$left connections to ${machine}" >&2; exit 1; }`,
  ].join('\n');
}
