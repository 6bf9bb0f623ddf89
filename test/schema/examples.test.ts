import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { parseClusterDefinition } from '../../schema/cluster-definition.js';
import { clusterDefinitionJsonSchema } from '../../schema/json-schema.js';
import { NETWORK } from './definition-builder.js';

const FOLDER = new URL('../../examples/', import.meta.url);
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

function example(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
}

/** Booted over the network, behind services of its own. */
const OKD_PRODUCTION = example('okd-production.json');

const SERVICE_MACHINE = {
  ...{ count: 1, imageSource: null, imageChecksum: null, storage: null },
  ...{ cores: 2, memoryMiB: 2048, diskGiB: 20, targetNodes: [] },
};

/** All values in it that hold no others. */
function valuesOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(valuesOf) : [value];
}

describe('the examples', () => {
  test('are there', () => {
    expect(NAMES).toEqual(expect.arrayContaining(['k3s-edge.json', 'k3s-three-servers.json']));
  });

  test.each(NAMES)('%s is a definition', (name) => {
    expect(parseClusterDefinition(example(name), NETWORK)).toMatchObject({ ok: true });
  });

  test.each(NAMES)('%s satisfies the JSON Schema that is served', (name) => {
    const schema = z.fromJSONSchema({ ...clusterDefinitionJsonSchema() });

    expect(schema.safeParse(example(name)).error).toBeUndefined();
  });

  test('of OKD says it all: machines, their sizes, their services, and both networks', () => {
    const result = parseClusterDefinition(OKD_PRODUCTION, NETWORK);
    const definition = result.ok ? result.definition : null;
    const [balancer, pxe] = definition?.services ?? [];

    expect(result.ok ? [] : result.faults).toEqual([]);
    expect(definition?.network).toMatchObject({
      ...{ bridge: 'vmbr0', privateVLAN: 107, cidr: '10.1.107.0/24', ipRange: '10.1.107.100-150' },
      ...{ egress: 'GATEWAY', podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/12' },
    });
    expect(balancer).toEqual({
      ...{ name: 'load-balancer', type: 'LOAD_BALANCER', dependsOn: [], required: true, startupOrder: 1 },
      configuration: {
        kind: 'HAPROXY',
        machines: SERVICE_MACHINE,
        publicSide: {
          ...{ bridge: 'vmbr0', vlan: 3, cidr: '10.1.3.0/24', ipRange: '10.1.3.100-10.1.3.199' },
          ...{ gateway: '10.1.3.1', address: null },
        },
        services: ['api', 'ingress', 'machine-config'],
        address: null,
      },
    });
    expect(pxe).toMatchObject({
      ...{ dependsOn: ['load-balancer'], startupOrder: 2 },
      configuration: { machines: SERVICE_MACHINE, dhcpRange: '10.1.107.100-150', staticAssignments: true },
    });
    expect(
      definition?.nodeGroups.map(({ template, boot }) => [template.memoryMiB, boot.configTemplate]),
    ).toEqual([
      [16_384, 'scos-bootstrap'],
      [16_384, 'scos-master'],
    ]);
    expect(valuesOf(definition)).not.toContain(undefined);
  });

  test.each(NAMES)('%s satisfies the JSON Schema with all defaults, too', (name) => {
    const schema = z.fromJSONSchema({ ...clusterDefinitionJsonSchema() });
    const result = parseClusterDefinition(example(name), NETWORK);

    expect(schema.safeParse(result.ok && result.definition).error).toBeUndefined();
  });

  test('carry the packages and commands of the first boot', () => {
    const result = parseClusterDefinition(example('k3s-edge.json'), NETWORK);

    expect(result).toMatchObject({
      definition: {
        nodeGroups: [
          {
            template: {
              cloudInit: {
                packages: ['curl', 'jq'],
                runCmd: ['curl -sfL https://get.k3s.io | sh -', 'systemctl enable k3s'],
              },
            },
          },
        ],
      },
    });
  });
});
