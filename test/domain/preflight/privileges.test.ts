import { describe, expect, test } from '@jest/globals';
import { accessCommands } from '../../../domain/preflight/access-commands.js';
import { missingPrivileges, requiredPrivileges } from '../../../domain/preflight/privileges.js';
import { aDefinition, aNodeGroup } from '../../builders/definition.js';
import { aPlan } from '../../builders/plan.js';

const STORAGES = { isoStorage: 'local', importStorage: 'local' };
const cloned = aDefinition({ network: { ...aDefinition().network, privateVLAN: 107 } });
const downloaded = aDefinition({
  nodeGroups: [
    aNodeGroup({
      template: {
        ...aNodeGroup().template,
        imageSource: 'https://images.example/debian-12.qcow2',
        imageChecksum: `sha256:${'ab'.repeat(32)}`,
        storage: 'local-zfs',
      },
    }),
  ],
});
const of = (definition = cloned, plan = aPlan(definition) as ReturnType<typeof aPlan> | null) =>
  requiredPrivileges({ definition, plan, ...STORAGES });
const texts = (definition = cloned) => of(definition).map(({ path, privilege }) => `${path} ${privilege}`);

describe('the privileges of a cluster', () => {
  test('are those on its template, its storages and its VLAN, and no others', () => {
    expect(texts().filter((text) => !text.startsWith('/vms '))).toEqual([
      '/ Sys.Audit',
      '/sdn/zones/localnetwork/vmbr0 SDN.Audit',
      '/sdn/zones/localnetwork/vmbr0/107 SDN.Use',
      '/storage/local Datastore.Allocate',
      '/storage/local Datastore.AllocateTemplate',
      '/storage/local Datastore.Audit',
      '/storage/local-zfs Datastore.Allocate',
      '/storage/local-zfs Datastore.AllocateSpace',
      '/storage/local-zfs Datastore.Audit',
      '/vms/9001 VM.Audit',
      '/vms/9001 VM.Clone',
    ]);
  });

  test('of a downloaded image reach out of the host, and need no template', () => {
    expect(texts(downloaded)).toContain('/nodes/hv5 Sys.AccessNetwork');
    expect(texts(downloaded).join()).not.toContain('VM.Clone');
    expect(texts().join()).not.toContain('Sys.AccessNetwork');
  });

  test('never include what is gone from Proxmox VE 9, or what gives a shell', () => {
    expect(texts(downloaded).join()).not.toMatch(/VM\.Monitor|Sys\.Console|Sys\.Modify|Permissions\.Modify/);
  });

  test('are known without a plan, from what the definition names', () => {
    expect(of(cloned, null)).toEqual(expect.arrayContaining(of(cloned).filter(({ path }) => path !== '/')));
  });
});

describe('what is missing', () => {
  const everywhere = Object.fromEntries(of().map(({ privilege }) => [privilege, 1]));

  test('is nothing for a token that has all of it on /', () => {
    expect(missingPrivileges(of(), { '/': everywhere })).toEqual([]);
  });

  test('is what a grant further down does not repeat', () => {
    const missing = missingPrivileges(of(), { '/': everywhere, '/vms/9001': { 'VM.Clone': 1 } });

    expect(missing.map(({ path, privilege }) => `${path} ${privilege}`)).toEqual(['/vms/9001 VM.Audit']);
  });

  test('is what a grant above does not hand down', () => {
    const missing = missingPrivileges(of(), { '/': { ...everywhere, 'VM.Clone': 0 } });

    expect(missing.map(({ path, privilege }) => `${path} ${privilege}`)).toEqual(['/vms/9001 VM.Clone']);
  });
});

describe('the commands', () => {
  const commands = accessCommands(of(), 'clusterwright@pve!service');

  test('make user, token and roles, and grant each role to both, path by path', () => {
    expect(commands).toEqual([
      'pveum user list --noborder --noheader | grep -qw clusterwright@pve || pveum user add clusterwright@pve',
      'pveum user token list clusterwright@pve --noborder --noheader | grep -qw service || pveum user token add clusterwright@pve service --privsep 1',
      ...[
        ['ClusterwrightAudit', 'Sys.Audit'],
        ['ClusterwrightNetwork', 'SDN.Audit'],
        ['ClusterwrightNetwork2', 'SDN.Use'],
        ['ClusterwrightStorage', 'Datastore.Allocate,Datastore.AllocateTemplate,Datastore.Audit'],
        ['ClusterwrightStorage2', 'Datastore.Allocate,Datastore.AllocateSpace,Datastore.Audit'],
        [
          'ClusterwrightMachines',
          'VM.Allocate,VM.Audit,VM.Config.CDROM,VM.Config.CPU,VM.Config.Cloudinit,VM.Config.Disk,VM.Config.HWType,VM.Config.Memory,VM.Config.Network,VM.Config.Options,VM.PowerMgmt',
        ],
        ['ClusterwrightTemplates', 'VM.Audit,VM.Clone'],
      ].map(
        ([role, privileges]) =>
          `pveum role modify ${role} --privs ${privileges} --append 1 2>/dev/null || pveum role add ${role} --privs ${privileges}`,
      ),
      ...[
        ['/', 'ClusterwrightAudit'],
        ['/sdn/zones/localnetwork/vmbr0', 'ClusterwrightNetwork'],
        ['/sdn/zones/localnetwork/vmbr0/107', 'ClusterwrightNetwork2'],
        ['/storage/local', 'ClusterwrightStorage'],
        ['/storage/local-zfs', 'ClusterwrightStorage2'],
        ['/vms', 'ClusterwrightMachines'],
        ['/vms/9001', 'ClusterwrightTemplates'],
      ].flatMap(([path, role]) => [
        `pveum acl modify ${path} --users clusterwright@pve --roles ${role}`,
        `pveum acl modify ${path} --tokens 'clusterwright@pve!service' --roles ${role}`,
      ]),
    ]);
  });

  test('make no user where another realm keeps them', () => {
    expect(accessCommands(of(), 'root@pam!ci').join('\n')).not.toContain('user add root');
  });
});
