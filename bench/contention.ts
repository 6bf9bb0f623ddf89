/**
 * Fifty machines at once on five hosts, by the product's own activities: `npm run bench:contention`.
 * Prints wall time over the least time that the storages would allow; below 1.15 is the goal.
 * `--speed` (1 is realistic), `--seed`, and `--allocations`, `--shared-allocations`, `--copies` and `--clones` for other
 * limits than the default.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createProxmoxActivities, type ProxmoxActivities } from '../activities/proxmox/activities.js';
import { createProxmoxClient } from '../activities/proxmox/client.js';
import { DEFAULT_LIMITS } from '../activities/proxmox/dependencies.js';
import { ClusterwrightError } from '../domain/errors.js';
import { Faults } from '../lab/faults.js';
import { Latency, type LatencyKind, type LatencySpan } from '../lab/latency.js';
import { startProxmoxSimulator } from '../lab/proxmox/simulator.js';
import { LabState } from '../lab/state.js';
import { openStore } from '../store/open-store.js';
import { FLEET_INVENTORY, VMIDS, reserveFleet, type FleetMachine } from './contention-fleet.js';
import { keyBounds, tookMs, workUnderLocks, type LimitedWork } from './storage-bound.js';

const GOAL = 1.15;
const LOGIN = { user: 'ubuntu', sshAuthorizedKeys: [], packages: [], runCmd: [], environment: {} };
const COPY: ReadonlySet<LatencyKind> = new Set(['proxmox.allocate', 'proxmox.full-clone']);
const nothing = (): void => {};
const SILENT = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

const { values } = parseArgs({
  options: {
    speed: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    allocations: { type: 'string', default: String(DEFAULT_LIMITS.allocationsPerStorage) },
    'shared-allocations': { type: 'string', default: String(DEFAULT_LIMITS.allocationsPerSharedStorage) },
    copies: { type: 'string', default: String(DEFAULT_LIMITS.copiesPerStorage) },
    clones: { type: 'string', default: String(DEFAULT_LIMITS.clonesPerHost) },
  },
});
const limits = {
  allocationsPerStorage: Number(values.allocations),
  allocationsPerSharedStorage: Number(values['shared-allocations']),
  copiesPerStorage: Number(values.copies),
  clonesPerHost: Number(values.clones),
};
const speed = Number(values.speed);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
/** Tries that failed and were made again, by the error's code. */
const failures = new Map<string, number>();

const folder = mkdtempSync(join(tmpdir(), 'clusterwright-bench-'));
const latency = new Latency({ speed, seed: Number(values.seed) });
const simulator = await startProxmoxSimulator({
  host: '127.0.0.1',
  port: 0,
  latency,
  faults: new Faults(),
  state: new LabState(null),
  machines: { powerOn: nothing, powerOff: nothing, shutdown: () => Promise.resolve(), diskRemoved: nothing },
  inventory: FLEET_INVENTORY,
});
const store = await openStore({ path: join(folder, 'bench.db'), secretsKey: Buffer.alloc(32, 1) });
const trust = { kind: 'fingerprint', sha256: simulator.fingerprint } as const;
const client = createProxmoxClient({
  endpoints: [{ url: simulator.url, trust }],
  token: simulator.token,
});
try {
  const { machines: ledger, images, boots, secrets, permits: limiter } = store;
  const activities = createProxmoxActivities({
    client,
    ledger,
    images,
    boots,
    secrets,
    limiter,
    limits,
    vmidRange: VMIDS,
    isoStorage: 'local',
    importStorage: 'local',
    bootUrl: null,
    orphans: store.orphans,
    orphanGraceMinutes: 60,
  });
  const fleet = await reserveFleet(ledger);
  const startedAt = performance.now();
  await Promise.all(fleet.map((one) => make(activities, one)));
  report(fleet, latency.spans, performance.now() - startedAt);
} finally {
  await client.close();
  await simulator.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();

/** The steps of a machine in the order in which its workflow takes them. */
async function make(activities: ProxmoxActivities, { identity, machine }: FleetMachine): Promise<void> {
  const [{ vmid }] = await Promise.all([
    perform(() => activities.claimVm({ identity, machine })),
    perform(() => activities.prepareBoot({ identity, machine, login: LOGIN })),
  ]);
  const claimed = { ...identity, vmid };
  await perform(() => activities.configureVm({ identity: claimed, machine }));
  await perform(() => activities.startVm({ identity: claimed }));
}

/** As a worker does: what may pass by itself is tried again, a second later and then twice as late each time. */
async function perform<T>(activity: () => Promise<T>): Promise<T> {
  for (let waitMs = 1_000; ; waitMs = Math.min(15_000, waitMs * 2)) {
    try {
      return await new MockActivityEnvironment({}, { logger: SILENT }).run(activity);
    } catch (error) {
      if (!(error instanceof ClusterwrightError) || error.kind.retry === 'never') throw error;
      failures.set(error.code, (failures.get(error.code) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, waitMs * speed));
    }
  }
}

function report(fleet: readonly FleetMachine[], spans: readonly LatencySpan[], wallMs: number): void {
  // The lock of a storage lets in one at a time. The data of a full clone is copied outside of it; how many copies a
  // storage has to bear is the product's limit, for each host where every host has a storage of its own.
  const copies = fleet
    .filter(({ machine }) => machine.source.kind === 'clone' && machine.source.fullClone)
    .map(({ machine }): LimitedWork => ({
      key: `copies:${machine.storage}@${machine.host}`,
      most: limits.copiesPerStorage,
      machine: machine.name,
      durationMs: tookMs(spans, machine.name, COPY),
    }));
  const bounds = keyBounds([...workUnderLocks(spans), ...copies], spans);
  const boundMs = Math.max(...bounds.map((bound) => bound.boundMs));
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`.padStart(9);
  say(`${fleet.length} machines on ${FLEET_INVENTORY.hosts.length} hosts`);
  say('');
  for (const bound of bounds) {
    const { key, most, works, workMs } = bound;
    say(
      `${key.padEnd(24)} ${works} x, ${most} at once, work${seconds(workMs)}, bound${seconds(bound.boundMs)}`,
    );
  }
  const retried = [...failures].map(([code, count]) => `${count} x ${code}`);
  say('');
  say(`tried again    ${retried.length === 0 ? 'nothing' : retried.join(', ')}`);
  say(`wall time     ${seconds(wallMs)}`);
  say(`storage bound ${seconds(boundMs)}`);
  say(`ratio          ${(wallMs / boundMs).toFixed(3)}  (goal: at most ${GOAL})`);
}
