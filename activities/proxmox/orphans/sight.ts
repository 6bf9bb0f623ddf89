/** What is on Proxmox VE, as far as its hosts answer: each list is read once. */
import { Context } from '@temporalio/activity';
import { ClusterwrightError } from '../../../domain/errors.js';
import type { ProxmoxClient } from '../client.js';
import { Limiter } from '../limiter.js';
import { splitList } from '../property-string.js';
import type { StorageRecord, VmResource } from '../records.js';

export interface Sight {
  /** Virtual machines and containers. */
  readonly guests: readonly VmResource[];
  readonly hosts: readonly string[];
  readonly volumes: readonly SeenVolume[];
  /** Hosts and storages that did not answer. */
  readonly notSeen: Set<string>;
}

export interface SeenVolume {
  /** `null` when the storage is shared. */
  readonly host: string | null;
  readonly volid: string;
  readonly content: 'images' | 'iso';
}

/** A cluster has one daemon a host for all its calls: operations must not wait for a look around. */
const MOST_CALLS = 8;

/** Does it for each item, a few at a time. */
export async function eachLimited<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const limiter = new Limiter();
  const signal = Context.current().cancellationSignal;
  return Promise.all(
    items.map((item) => limiter.run([{ key: 'call', most: MOST_CALLS }], () => work(item), { signal })),
  );
}

/** One call a host, and one for each storage of a host; a storage that hosts share is read from one of them. */
export async function lookAround(client: ProxmoxClient): Promise<Sight> {
  const signal = Context.current().cancellationSignal;
  const [guests, nodes] = await Promise.all([client.vms(signal), client.nodes(signal)]);
  const notSeen = new Set(nodes.filter(({ status }) => status !== 'online').map(({ node }) => node));
  const online = nodes.filter(({ status }) => status === 'online').map(({ node }) => node);
  const lists = await eachLimited(online, async (host) => {
    const storages = await ifItAnswers(notSeen, host, () => client.storages(host, signal));
    return (storages ?? []).map((storage) => ({ host, storage }));
  });
  const volumes = await eachLimited(placesOf(lists.flat(), notSeen), async ({ host, storage, content }) => {
    const place = { host, storage: storage.storage, content };
    const name = `${storage.storage} on ${host}`;
    const found = await ifItAnswers(notSeen, name, () => client.volumes(place, signal));
    return (found ?? []).map(({ volid }) => ({ host: storage.shared === 1 ? null : host, volid, content }));
  });
  const hosts = online.filter((host) => !notSeen.has(host));
  return { guests, hosts, volumes: volumes.flat(), notSeen };
}

interface StorageOf {
  readonly host: string;
  readonly storage: StorageRecord;
}

/** Each storage once, and each of its kinds of content that can hold something of ours. */
function placesOf(storages: readonly StorageOf[], notSeen: Set<string>) {
  const shared = new Set<string>();
  const contents = ({ content }: StorageRecord): ('images' | 'iso')[] =>
    (['images', 'iso'] as const).filter((kind) => splitList(content).includes(kind));
  return storages.flatMap(({ host, storage }) => {
    const kinds = contents(storage);
    if (kinds.length === 0 || shared.has(storage.storage)) return [];
    if (storage.active === 0) {
      notSeen.add(`${storage.storage} on ${host}`);
      return [];
    }
    if (storage.shared === 1) shared.add(storage.storage);
    return kinds.map((content) => ({ host, storage, content }));
  });
}

/** A storage that its host has lost is such a failure. */
const NO_ANSWER: ReadonlySet<string> = new Set(['PROXMOX_NODE_UNREACHABLE', 'PROXMOX_FAILED']);

/** `undefined`, and the place is noted, when it does not answer: that says nothing of what is there. */
export async function ifItAnswers<T>(
  notSeen: Set<string>,
  place: string,
  look: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof ClusterwrightError) || !NO_ANSWER.has(error.code)) throw error;
    notSeen.add(place);
    return undefined;
  }
}
