/** The clusters whose operations come by the moments. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { example, provision, settled } from '../e2e/clusters.js';
import { kubectl } from '../e2e/kubectl.js';
import { waitFor, type LabProcess } from '../e2e/lab-process.js';
import { NAME } from './day-two-moments.js';

interface Definition {
  readonly nodeGroups: readonly { readonly role: string }[];
  readonly services: readonly { readonly type: string; readonly configuration?: object }[];
}

const PATIENCE_MS = 270_000;
const WORK = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: cart, namespace: default }
spec:
  replicas: 6
  selector: { matchLabels: { app: cart } }
  template:
    metadata: { labels: { app: cart } }
    spec: { containers: [{ name: cart, image: registry.lab.internal/cart:1 }] }
`;

/** Makes the example's cluster, with one balancer. */
export async function provisioned(
  lab: LabProcess,
  { servers, agents }: { readonly servers: number; readonly agents: number },
): Promise<void> {
  const definition = JSON.parse(example('k3s-ha').toString()) as Definition;
  const nodeGroups = definition.nodeGroups.map((group) => ({
    ...group,
    count: group.role === 'CONTROL_PLANE' ? servers : agents,
  }));
  const services = definition.services.map((service) =>
    service.type === 'LOAD_BALANCER'
      ? { ...service, configuration: { ...service.configuration, machines: { count: 1 } } }
      : service,
  );
  await provision(lab, JSON.stringify({ ...definition, name: NAME, nodeGroups, services }));
  expect(await settled(lab, NAME, PATIENCE_MS)).toMatchObject({ phase: 'READY', failure: null });
}

/** Has pods on all nodes, which have to go elsewhere before their node does. */
export async function withWork(lab: LabProcess): Promise<void> {
  const file = join(lab.stateDir, 'work.yaml');
  await writeFile(file, WORK);
  await kubectl(lab, NAME, 'apply', '-f', file);
  await waitFor('the work to run', () => works(lab), PATIENCE_MS);
}

export async function works(lab: LabProcess): Promise<boolean> {
  const ready = 'jsonpath={.status.readyReplicas}';
  return (await kubectl(lab, NAME, 'get', 'deployment', 'cart', '-o', ready)) === '6';
}
