import { expect, test } from '@jest/globals';
import { aClusterOf } from '../../builders/definition.js';
import { aPlan } from '../../builders/plan.js';

const definition = aClusterOf(3, 1);
const { machines, steps } = aPlan({
  ...definition,
  platformConfig: { ...definition.platformConfig, datastore: 'edge' },
});
const [first, second, third, worker] = machines.map(({ name }) => name);

const dependenciesOf = (machine: string | undefined, step: string) =>
  steps.find(({ id }) => id === `${machine}/${step}`)?.dependsOn;

test('servers with a datastore start when they are installed, and wait for no other', () => {
  for (const server of [first, second, third])
    expect(dependenciesOf(server, 'start-server')).toEqual([`${server}/install-k3s`]);
  expect(dependenciesOf(worker, 'start-agent')).toEqual([`${worker}/install-k3s`]);
});

test('the kubeconfig of the first one is what the others are looked for by', () => {
  const kubeconfig = `${first}/kubeconfig`;

  expect(dependenciesOf(first, 'node-ready')).toContain(kubeconfig);
  for (const machine of [second, third, worker])
    expect(dependenciesOf(machine, 'node-ready')).toContain(kubeconfig);
});
