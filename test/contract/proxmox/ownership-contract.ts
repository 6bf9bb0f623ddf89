/** Which VM is taken for a machine’s, whoever looks and however often. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { check, TIMEOUT_MS, type ContractUnderTest } from './contract-under-test.js';
import { attempt, perform, type ReservedMachine } from './workshop.js';

export function ownershipContract(its: ContractUnderTest): void {
  check('each activity that is run again changes nothing', async () => {
    const reserved = await its.configured();
    const { identity } = reserved;
    await perform(() => its.shop.activities.startVm({ identity }));
    const before = await its.configOf(reserved);
    const isosBefore = await its.isoNames();

    const claimed = await perform(() => its.shop.activities.claimVm(reserved));
    await perform(() => its.shop.activities.uploadSeed(reserved.seed));
    await perform(() => its.shop.activities.configureVm(reserved));
    await perform(() => its.shop.activities.startVm({ identity }));

    expect(claimed.vmid).toBe(identity.vmid);
    expect(await its.configOf(reserved)).toEqual(before);
    expect(await its.isoNames()).toEqual(isosBefore);
  });

  check('a VM that was made before is found by a worker that knows nothing of it', async () => {
    const reserved = await its.shop.machine();
    await perform(() => its.shop.activities.claimVm(reserved));
    await its.shop.ledger.update(reserved.identity.uuid, { state: 'intent', upid: null });
    const before = await its.vmids();

    const claimed = await perform(() => its.shop.others.claimVm(reserved));

    expect(claimed.vmid).toBe(reserved.identity.vmid);
    expect(await its.vmids()).toEqual(before);
  });

  check('two workers that claim one machine at once get one VM', async () => {
    const reserved = await its.shop.machine();
    const before = await its.vmids();

    const claims = await Promise.all([
      perform(() => its.shop.activities.claimVm(reserved)),
      perform(() => its.shop.others.claimVm(reserved)),
    ]);

    expect(claims[0]).toEqual(claims[1]);
    expect((await its.vmids()).length).toBe(before.length + 1);
  });

  check('a VMID that a stranger has taken is left alone, and another one is used', async () => {
    const reserved = await its.shop.machine();
    const taken = reserved.identity.vmid;
    await its.stranger(taken);
    try {
      const before = await its.configOf(reserved);

      const claimed = await perform(() => its.shop.activities.claimVm(reserved));

      expect(claimed.vmid).not.toBe(taken);
      expect(await its.shop.ledger.get(reserved.identity.uuid)).toMatchObject({
        vmid: claimed.vmid,
        state: 'observed',
      });
      expect(await its.configOf(reserved)).toEqual(before);
    } finally {
      await its.destroyByHand(taken);
    }
  });

  check('a template that is not there under its name is refused', async () => {
    const { template } = its.target;
    const reserved = await its.shop.machine({
      source: { ...template, kind: 'clone', name: 'another-template', fullClone: true },
    });

    const claiming = attempt(() => its.shop.activities.claimVm(reserved));

    await expect(claiming).rejects.toMatchObject({ code: 'TEMPLATE_NOT_FOUND' });
    expect(await its.vmids()).not.toContain(reserved.identity.vmid);
  });

  describe('a VM that cannot be proved to be ours', () => {
    async function tampered(change: Readonly<Record<string, string>>): Promise<ReservedMachine> {
      const reserved = await its.configured();
      await its.settled(
        await its.shop.client.changeConfig(
          { host: its.target.template.host, vmid: reserved.identity.vmid },
          change,
        ),
      );
      return reserved;
    }

    test.each([
      ['has another UUID', { smbios1: `uuid=${randomUUID()}` }],
      ['has another name', { name: 'renamed' }],
      ['has lost its mark', { description: 'mine now' }],
      ['has lost its tag', { tags: 'mine' }],
    ])(
      'because it %s is not touched',
      async (_what, change) => {
        const reserved = await tampered(change);
        const { identity } = reserved;
        const before = await its.configOf(reserved);

        for (const act of [
          () => its.shop.activities.configureVm(reserved),
          () => its.shop.activities.startVm({ identity }),
          () => its.shop.activities.detachSeed({ identity }),
          () => its.shop.activities.removeVm({ identity }),
        ]) {
          await expect(attempt<unknown>(act)).rejects.toMatchObject({ code: 'IDENTITY_MISMATCH' });
        }

        expect(await its.configOf(reserved)).toEqual(before);
        await its.destroyByHand(identity.vmid);
      },
      TIMEOUT_MS,
    );
  });
}
