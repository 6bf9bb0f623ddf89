/** A process of its own that works on a store: reserves on demand, or writes until it is killed. */
import { openStore } from '../../store/open-store.js';

interface Orders {
  readonly path: string;
  readonly job: 'reserve' | 'lease' | 'write';
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
