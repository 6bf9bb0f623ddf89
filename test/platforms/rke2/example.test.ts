import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { withServices } from '../../../domain/services/service-groups.js';
import { platformCluster, platformMachine } from '../../../platforms/platform-input.js';
import { rke2 } from '../../../platforms/rke2/rke2.js';
import { parseClusterDefinition } from '../../../schema/cluster-definition.js';
import { aPlan, SETTINGS } from '../../builders/plan.js';
import { NETWORK } from '../../schema/definition-builder.js';

const EXAMPLE = new URL('../../../examples/rke2-ha.json', import.meta.url);

test('the example of RKE2 is planned behind its load balancers, server after server', () => {
  const parsed = parseClusterDefinition(JSON.parse(readFileSync(EXAMPLE, 'utf8')), NETWORK);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed));

  const definition = withServices(parsed.definition);
  const plan = aPlan(definition);

  const roles = plan.machines.map(({ name, role }) => [name, role]);
  expect(roles.filter(([, role]) => role !== 'SERVICE')).toEqual([
    ['rke2-ha-server-1', 'CONTROL_PLANE'],
    ['rke2-ha-server-2', 'CONTROL_PLANE'],
    ['rke2-ha-server-3', 'CONTROL_PLANE'],
    ['rke2-ha-agents-1', 'WORKER'],
    ['rke2-ha-agents-2', 'WORKER'],
  ]);
  expect(roles.filter(([, role]) => role === 'SERVICE')).toHaveLength(2);
  const stepOf = (id: string) => plan.steps.find((step) => step.id === id);
  expect(stepOf('rke2-ha-server-2/start-server')?.dependsOn).toContain('rke2-ha-server-1/node-ready');
  expect(stepOf('rke2-ha-agents-1/start-agent')).toBeDefined();
  expect(plan.steps.filter(({ id }) => id.endsWith('/install-rke2'))).toHaveLength(5);

  const cluster = platformCluster(definition, plan, SETTINGS);
  const agent = plan.machines.find(({ role }) => role === 'WORKER');
  const files = agent === undefined ? [] : rke2.join(platformMachine(agent), cluster)[0]?.files;
  const config = parse(files?.at(-1)?.content ?? '') as Record<string, unknown>;
  const [virtual] = plan.virtualAddresses;
  expect(config['server']).toBe(`https://${virtual?.address}:9345`);
});
