/** Runs the controllers: changes fill a queue, the queue is worked off between requests. */
import type { Cluster } from '../cluster.js';
import { objectKey } from '../model/kube-object.js';
import type { Change } from '../store/event-log.js';
import type { Controller } from './controller.js';
import { recordEvent } from './events.js';

/** So that requests are answered while a thousand pods come up. */
const KEYS_PER_TURN = 100;

export class ControlLoop {
  private readonly cluster: Cluster;
  private readonly controllers: readonly Controller[];
  private readonly queue = new Map<string, { readonly controller: Controller; readonly key: string }>();
  private readonly deferred: (() => void)[] = [];
  private unsubscribe: () => void = () => undefined;
  private turn: NodeJS.Immediate | null = null;
  private paused = false;
  private stopped = false;

  constructor(cluster: Cluster, controllers: readonly Controller[]) {
    this.cluster = cluster;
    this.controllers = controllers;
  }

  /** Looks at everything that there is, then at whatever changes. */
  start(): void {
    const { store } = this.cluster;
    this.unsubscribe = store.subscribe((change) => this.hear(change));
    for (const resource of store.resourceNames()) {
      for (const object of store.list(resource)) {
        this.hear({ type: 'ADDED', revision: store.revision, resource, object });
      }
    }
  }

  stop(): void {
    this.stopped = true;
    this.unsubscribe();
    if (this.turn !== null) clearImmediate(this.turn);
  }

  /** While the state cannot be written, neither the controllers nor the kubelets change anything. */
  setPaused(paused: boolean): void {
    this.paused = paused;
    if (paused) return;
    for (const action of this.deferred.splice(0)) action();
    this.schedule();
  }

  /** Does it now, or as soon as the state can be written again. */
  whenWritable(action: () => void): void {
    if (this.paused) this.deferred.push(action);
    else action();
  }

  private hear(change: Change): void {
    for (const controller of this.controllers) {
      for (const key of controller.keys(change, this.cluster)) this.enqueue(controller, key);
    }
  }

  private enqueue(controller: Controller, key: string): void {
    if (this.stopped) return;
    this.queue.set(`${controller.name} ${key}`, { controller, key });
    this.schedule();
  }

  private schedule(): void {
    if (this.turn !== null || this.paused || this.stopped || this.queue.size === 0) return;
    this.turn = setImmediate(() => {
      this.turn = null;
      this.work();
      this.schedule();
    });
  }

  private work(): void {
    let left = KEYS_PER_TURN;
    for (const [id, { controller, key }] of this.queue) {
      if (left === 0) return;
      left -= 1;
      this.queue.delete(id);
      this.reconcile(controller, key);
    }
  }

  /** Specifications come from people: one that a controller cannot work with must not end the lab. */
  private reconcile(controller: Controller, key: string): void {
    try {
      controller.reconcile(key, this.cluster, (other) => this.enqueue(controller, other));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const about = this.cluster.store.at('namespaces', 'kube-system');
      if (about === undefined) return;
      recordEvent(this.cluster, about, {
        type: 'Warning',
        reason: 'ReconcileFailed',
        message: `${controller.name} ${key}: ${message}`,
        source: controller.name,
      });
    }
  }
}

/** Keys of changes to the resource itself. */
export function* ownKeys(change: Change, resource: string): Generator<string> {
  if (change.resource === resource) yield objectKey(change.object);
}

/** Keys of the objects of the kind that control what changed. */
export function* ownerKeys(change: Change, kind: string): Generator<string> {
  const { namespace } = change.object.metadata;
  for (const state of [change.object, change.previous]) {
    for (const owner of state?.metadata.ownerReferences ?? []) {
      if (owner.controller === true && owner.kind === kind) {
        yield namespace === undefined ? owner.name : `${namespace}/${owner.name}`;
      }
    }
  }
}
