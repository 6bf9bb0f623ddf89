/** How machines and media go, and who is refused. */
import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { createProxmoxClient } from '../../../activities/proxmox/client.js';
import { check, checkIf, type ContractUnderTest } from './contract-under-test.js';
import { attempt, perform } from './workshop.js';

export function removalContract(its: ContractUnderTest): void {
  check('a machine that was never made is removed, as often as it is asked for', async () => {
    const { identity } = await its.shop.machine();

    await perform(() => its.shop.activities.removeVm({ identity }));
    await perform(() => its.shop.activities.removeVm({ identity }));

    expect(await its.shop.ledger.get(identity.uuid)).toMatchObject({ state: 'removed' });
  });

  check('a machine that was claimed but never configured is removed', async () => {
    const reserved = await its.shop.machine();
    await perform(() => its.shop.activities.claimVm(reserved));

    await perform(() => its.shop.activities.removeVm({ identity: reserved.identity }));

    expect(await its.vmids()).not.toContain(reserved.identity.vmid);
  });

  check('a running machine is stopped and removed with its medium', async () => {
    const reserved = await its.configured();
    const { identity } = reserved;
    await perform(() => its.shop.activities.startVm({ identity }));

    await perform(() => its.shop.activities.removeVm({ identity }));

    expect(await its.vmids()).not.toContain(identity.vmid);
    expect((await its.isoNames()).filter((volid) => volid.includes(identity.uuid))).toEqual([]);
  });

  check('a machine that was removed is not made again', async () => {
    const reserved = await its.shop.machine();
    await perform(() => its.shop.activities.removeVm({ identity: reserved.identity }));

    const claiming = attempt(() => its.shop.activities.claimVm(reserved));

    await expect(claiming).rejects.toMatchObject({ code: 'IDENTITY_MISMATCH' });
  });

  check('another medium takes the place of the one before', async () => {
    const { seed } = await its.shop.machine();
    const first = await perform(() => its.shop.activities.uploadSeed(seed));

    const second = await perform(() => its.shop.activities.uploadSeed({ ...seed, runCmd: ['false'] }));

    const names = await its.isoNames();
    expect(names).toContain(second.volume);
    expect(names).not.toContain(first.volume);
  });

  check('what is left of a cluster is named', async () => {
    const { vmid, uuid } = (await its.configured()).identity;
    const { clusterUid, cluster } = its.shop;

    const verifying = attempt(() => its.shop.activities.verifyNothingLeft({ clusterUid, cluster }));

    await expect(verifying).rejects.toMatchObject({
      code: 'RESIDUE_LEFT',
      message: expect.stringMatching(new RegExp(`VM ${vmid} .*; disk .*vm-${vmid}-.*; medium .*cw-${uuid}`)),
    });
  });

  checkIf(its.capabilities.knowsTakenVmids)(
    'a VMID that is taken is told from one that is free',
    async () => {
      const asking = its.shop.client.assertVmidFree(its.target.template.vmid);

      await expect(asking).rejects.toMatchObject({ code: 'VMID_TAKEN' });
    },
  );

  check('a token that the server does not know is refused', async () => {
    const token = `${its.target.token.slice(0, its.target.token.indexOf('='))}=${randomUUID()}`;
    const client = createProxmoxClient({ endpoints: [its.target], token });

    await expect(client.nodes()).rejects.toMatchObject({ code: 'PROXMOX_UNAUTHENTICATED' });

    await client.close();
  });

  check('a certificate that is not the pinned one is refused', async () => {
    const trust = { kind: 'fingerprint', sha256: 'ab'.repeat(32) } as const;
    const client = createProxmoxClient({
      endpoints: [{ url: its.target.url, trust }],
      token: its.target.token,
    });

    await expect(client.nodes()).rejects.toMatchObject({ code: 'PROXMOX_CERTIFICATE_MISMATCH' });

    await client.close();
  });
}
