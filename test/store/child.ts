/** A process of its own that works on a store: reserves on demand, or writes until it is killed. */
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { openStore } from '../../store/open-store.js';

interface Orders {
  readonly path: string;
  readonly job: 'reserve' | 'lease' | 'write' | 'permit' | 'hold';
  readonly who: string;
  readonly to: number;
}

const { path, job, who, to } = JSON.parse(process.argv[2] ?? '') as Orders;
process.send?.({ ready: true });
// The parent lets all children go at the same moment.
await new Promise((resolve) => process.once('message', resolve));
const store = await openStore({ path, secretsKey: Buffer.alloc(32, 7) });
const names = Array.from({ length: 50 }, (_, index) => `${who}-${index}`);
try {
  if (job === 'reserve') {
    const rows = await store.machines.reserve({
      clusterUid: who,
      cluster: who,
      range: { from: 1, to },
      avoid: [],
      machines: names.map((name) => ({ uuid: name, name, host: 'pve1' })),
    });
    process.send?.({ taken: rows.map(({ vmid }) => vmid) });
  } else if (job === 'lease') {
    const rows = await store.addresses.lease({
      clusterUid: who,
      cluster: who,
      candidates: Array.from({ length: to }, (_, index) => `10.0.0.${index + 1}`),
      machines: names.map((name) => ({ name, wanted: '10.0.0.1' })),
    });
    process.send?.({ taken: rows.map(({ address }) => address) });
  } else if (job === 'permit') {
    const run = () => store.permits.run([{ key: 'storage', most: to }], inASlot, { owner: who });
    process.send?.({ taken: await Promise.all(names.map(run)) });
  } else if (job === 'hold') {
    const forever = (): Promise<never> => {
      process.send?.({ committed: who });
      return new Promise(() => {});
    };
    await store.permits.run([{ key: 'storage', most: to }], forever, { owner: who });
  } else {
    for (let index = 0; ; index += 1) {
      const id = `${who}-${index}`;
      await store.operations.begin({
        id,
        cluster: who,
        kind: 'provision',
        idempotencyKey: null,
        requestHash: '',
      });
      process.send?.({ committed: id });
    }
  }
} catch (error) {
  process.send?.({ failed: (error as { code?: string }).code ?? String(error) });
}
await store.close();
process.disconnect();

/** Takes one of as many files as may be held at once; finds none when too many are at work. @returns when it began. */
async function inASlot(): Promise<number> {
  const at = performance.timeOrigin + performance.now();
  for (let slot = 0; slot < to; slot += 1) {
    const file = `${path}.slot-${slot}`;
    try {
      closeSync(openSync(file, 'wx'));
    } catch {
      continue;
    }
    await new Promise((resolve) => setImmediate(resolve));
    unlinkSync(file);
    return at;
  }
  throw new Error(`more than ${to} are at work`);
}
