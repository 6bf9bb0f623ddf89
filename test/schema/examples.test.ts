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

/** A cluster on another distribution, booted over the network behind services of its own. */
const OKD_PRODUCTION: unknown = {
  name: 'okd-production',
  type: 'OKD',
  version: '4.19.0',
  bootMethod: 'PXE',
  network: { isolation: 'VLAN', privateVLAN: 107, publicAccess: true },
  services: [
    {
      name: 'load-balancer',
      type: 'LOAD_BALANCER',
      configuration: {
        dualHomed: true,
        publicInterface: 'vmbr0.3',
        privateInterface: 'vmbr0.107',
        services: ['api', 'ingress', 'machine-config'],
      },
      startupOrder: 1,
    },
    {
      name: 'pxe-server',
      type: 'PXE_BOOT',
      configuration: { dhcpRange: '10.1.107.100-150', staticAssignments: true },
      dependsOn: ['load-balancer'],
      startupOrder: 2,
    },
  ],
  nodeGroups: [
    {
      name: 'bootstrap',
      role: 'BOOTSTRAP',
      count: 1,
      boot: { method: 'PXE', configTemplate: 'scos-bootstrap' },
      placement: { targetNodes: ['storage01'] },
      lifecycle: { temporary: true, cleanupAfterBoot: true },
    },
    {
      name: 'masters',
      role: 'CONTROL_PLANE',
      count: 3,
      boot: { method: 'PXE', configTemplate: 'scos-master' },
      placement: { antiAffinity: 'SOFT', preferredNodes: ['hv5', 'hv6', 'hv7'] },
    },
  ],
  validation: {
    waitForCluster: true,
    timeoutMinutes: 45,
    healthChecks: ['cluster-operators', 'node-readiness', 'api-availability'],
  },
};

describe('the examples', () => {
  test('are there', () => {
    expect(NAMES.toSorted()).toEqual([
      'k3s-edge.json',
      'k3s-hybrid.json',
      'k3s-import.json',
      'k3s-iso.json',
      'k3s-one-server-two-workers.json',
      'k3s-pxe-isolated.json',
      'k3s-three-servers.json',
    ]);
  });

  test.each(NAMES)('%s is a definition', (name) => {
    expect(parseClusterDefinition(example(name), NETWORK)).toMatchObject({ ok: true });
  });

  test.each(NAMES)('%s satisfies the JSON Schema that is served', (name) => {
    const schema = z.fromJSONSchema({ ...clusterDefinitionJsonSchema() });

    expect(schema.safeParse(example(name)).error).toBeUndefined();
  });

  test('an OKD cluster with services is a definition, and satisfies the JSON Schema', () => {
    const schema = z.fromJSONSchema({ ...clusterDefinitionJsonSchema() });

    expect(parseClusterDefinition(OKD_PRODUCTION, NETWORK)).toMatchObject({ ok: true });
    expect(schema.safeParse(OKD_PRODUCTION).error).toBeUndefined();
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
