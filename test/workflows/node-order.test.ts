import { expect, test } from '@jest/globals';
import type { NodeProgress } from '../../workflows/messages.js';
import { aClusterOf } from '../builders/definition.js';
import { aLoadBalancer } from '../builders/service.js';
import { uniqueName } from './cluster-driver.js';
import { FakeActivities } from './fake-activities.js';
import { useWorld } from './world.js';

const world = useWorld();

async function eventsOfProvision() {
  const definition = aClusterOf(2, 2, { name: uniqueName(), services: [aLoadBalancer()] });
  const { name } = definition;
  return world.bed.run(new FakeActivities(), async () => {
    const handle = await world.driver.provision(definition);
    await world.driver.settled(handle);
    const provision = world.bed.environment.client.workflow.getHandle(`cluster/${name}/provision-1`);
    const { events = [] } = await provision.fetchHistory();
    await world.driver.decommission(handle);
    return { name, events: events ?? [] };
  });
}

test('what the cluster waits for is started before the rest, and a step that follows another is one report', async () => {
  const { name, events } = await eventsOfProvision();

  const machineOf = (workflowId: string | null | undefined): string =>
    workflowId?.replace(`cluster/${name}/provision-1/${name}-`, '') ?? '';
  const order = events.flatMap((event) => {
    const asked = event.startChildWorkflowExecutionInitiatedEventAttributes;
    const begun = event.childWorkflowExecutionStartedEventAttributes;
    if (asked) return [`ask ${machineOf(asked.workflowId)}`];
    return begun ? [`begin ${machineOf(begun.workflowExecution?.workflowId)}`] : [];
  });
  expect(order.slice(0, 2)).toEqual(['ask lb-1', 'ask server-1']);
  expect(order.slice(2, 4).toSorted()).toEqual(['begin lb-1', 'begin server-1']);
  expect(order.filter((entry) => entry.startsWith('ask')).slice(2)).toEqual([
    'ask server-2',
    'ask worker-1',
    'ask worker-2',
  ]);

  const reports = events.flatMap((event): NodeProgress[] => {
    const told = event.workflowExecutionSignaledEventAttributes;
    if (told?.signalName !== 'nodeProgress') return [];
    const [payload] = told.input?.payloads ?? [];
    return [JSON.parse(Buffer.from(payload?.data ?? []).toString()) as NodeProgress];
  });
  const statuses = reports
    .filter(({ node }) => node.name === `${name}-worker-1`)
    .map(({ steps }) => steps.map(({ id, status }) => `${id} ${status}`));
  const ended = statuses.find((steps) => steps.includes('start-vm done'));
  expect(ended).toContain('wait-for-ssh running');
});
