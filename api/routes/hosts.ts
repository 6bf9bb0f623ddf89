/** `GET /hosts`, `GET /hosts/{node}`, `POST /hosts/{node}/drain`, `…/drain/cancel` and `…/undrain`. */
import { ClusterwrightError, fail } from '../../domain/errors.js';
import type { Router } from 'express';
import { parseDrainHostRequest, parseHostName } from '../../schema/host-requests.js';
import type { DrainRecord } from '../../store/host-port.js';
import type { ApiDependencies } from '../dependencies.js';
import { hostView } from '../host-view.js';
import { onlyMethods } from './only-methods.js';

export function hostRoutes(router: Router, dependencies: ApiDependencies): void {
  const { store, orchestrator } = dependencies;

  router.get('/hosts', async (request, response) => {
    const [sight, marks] = await Promise.all([orchestrator.hosts.observe(request.id), store.hosts.marks()]);
    const items = await Promise.all(
      sight.hosts.map(async (one) =>
        hostView(one, { sight, marks, drain: await store.hosts.drainOf(one.name) }),
      ),
    );
    response.json({ items });
  });
  onlyMethods(router, '/hosts', 'GET');

  router.get('/hosts/:node', async (request, response) => {
    const node = hostIn(request.params.node);
    const [sight, marks] = await Promise.all([orchestrator.hosts.observe(request.id), store.hosts.marks()]);
    const found = sight.hosts.find(({ name }) => name === node);
    if (found === undefined) throw unknownHost(node);
    response.json(hostView(found, { sight, marks, drain: await store.hosts.drainOf(node) }));
  });
  onlyMethods(router, '/hosts/:node', 'GET');

  router.post('/hosts/:node/drain', async (request, response) => {
    const node = hostIn(request.params.node);
    const parsed = parseDrainHostRequest(request.body ?? {});
    if (!parsed.ok) throw fail('INVALID_REQUEST', 'the request is not valid', { faults: parsed.faults });
    const { request: wish, dryRun } = parsed.value;
    if (dryRun) {
      response.json(await orchestrator.hosts.planDrain(request.id, node, wish));
      return;
    }
    await forgetLost(dependencies, await store.hosts.runningDrain());
    const { hosts } = await orchestrator.hosts.observe(request.id);
    if (hosts.every(({ name }) => name !== node)) throw unknownHost(node);
    const drain = await store.hosts.beginDrain(node, wish);
    await start(dependencies, drain);
    const links = { host: `/api/v1/hosts/${node}` };
    response.status(202).location(links.host).json({ host: node, number: drain.number, links });
  });
  onlyMethods(router, '/hosts/:node/drain', 'POST');

  router.post('/hosts/:node/drain/cancel', async (request, response) => {
    const drain = await drainOf(dependencies, hostIn(request.params.node));
    const { host, number, status } = drain;
    if (status !== 'running') throw fail('HOST_DRAIN_OVER', `drain ${number} of ${host} is ${status}`);
    await orchestrator.hosts.cancelDrain(host, number);
    const links = { host: `/api/v1/hosts/${host}` };
    response.status(202).location(links.host).json({ host, number, links });
  });
  onlyMethods(router, '/hosts/:node/drain/cancel', 'POST');

  router.post('/hosts/:node/undrain', async (request, response) => {
    const node = hostIn(request.params.node);
    const running = await store.hosts.runningDrain();
    await forgetLost(dependencies, running);
    const drain = await store.hosts.drainOf(node);
    if (drain?.status === 'running') throw fail('HOST_DRAIN_RUNNING', `${node} is being drained`);
    const { hosts } = await orchestrator.hosts.observe(request.id);
    const wasMarked = await store.hosts.unmark(node);
    // One that was taken out of the Proxmox cluster may have left its mark here.
    if (!wasMarked && hosts.every(({ name }) => name !== node)) throw unknownHost(node);
    response.status(204).end();
  });
  onlyMethods(router, '/hosts/:node/undrain', 'POST');
}

/** A definite refusal starts nothing; after any other error the record stays, and asking again finds out. */
async function start({ store, orchestrator }: ApiDependencies, drain: DrainRecord): Promise<void> {
  const { host, number, request } = drain;
  try {
    await orchestrator.hosts.drain({ host, number, request });
  } catch (error) {
    if (error instanceof ClusterwrightError && error.kind.retry === 'never') {
      await store.hosts.endDrain(host, number, ended('failed', error.message));
    }
    throw error;
  }
}

/** A run that was ended by force wrote down no end: nobody else could be drained any more. */
async function forgetLost(
  { store, orchestrator }: ApiDependencies,
  running: DrainRecord | undefined,
): Promise<void> {
  if (running === undefined) return;
  const { host, number, startedAt } = running;
  // Between its record and its start lies a moment.
  if (Date.now() - Date.parse(startedAt) < STARTS_WITHIN_MS) return;
  if (await orchestrator.hosts.isDraining(host, number)) return;
  await store.hosts.endDrain(host, number, ended('failed', 'its run was ended by force'));
}

const STARTS_WITHIN_MS = 60_000;

function ended(status: 'failed', detail: string) {
  return { status, moved: [], left: [], detail };
}

async function drainOf({ store }: ApiDependencies, node: string): Promise<DrainRecord> {
  const drain = await store.hosts.drainOf(node);
  if (drain === undefined) throw fail('HOST_DRAIN_NOT_FOUND', `${node} was never drained`);
  return drain;
}

function hostIn(name: string): string {
  const parsed = parseHostName(name);
  if (!parsed.ok) throw unknownHost(name);
  return parsed.value;
}

function unknownHost(name: string) {
  return fail('HOST_NOT_FOUND', `there is no host "${name}"`);
}
