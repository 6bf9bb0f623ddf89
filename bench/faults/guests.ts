/** Guests and their Kubernetes as the workflows see them, without any: they answer at once, and fail now and then. */
import { createSshActivities } from '../../activities/ssh/activities.js';
import { fail, type ErrorCode } from '../../domain/errors.js';
import type { Store } from '../../store/store.js';
import type { Draw } from './draw.js';

const PASSING = ['SSH_UNREACHABLE', 'KUBERNETES_UNREACHABLE'] as const satisfies readonly ErrorCode[];
const LASTING: ErrorCode = 'CLOUD_INIT_FAILED';
const PASSES = 0.04;
const LASTS = 0.01;
const STRANGER_ANSWERS = 0.05;

export class GuestFaults {
  private readonly draw: Draw;
  private readonly calls = new Map<string, number>();
  private isLifted = false;

  constructor(draw: Draw) {
    this.draw = draw;
  }

  lift(): void {
    this.isLifted = true;
  }

  /** @throws an error that passes, or one that does not. */
  befall(subject: string): void {
    const draw = this.next(subject);
    if (draw?.chance('passes', PASSES)) throw fail(draw.pick('code', PASSING), `${subject}: for now`);
    if (draw?.chance('lasts', LASTS)) throw fail(LASTING, `${subject}: for good`);
  }

  /** Whether somebody else is found on an address. */
  isTaken(address: string): boolean {
    return this.next(`probe ${address}`)?.chance('stranger', STRANGER_ANSWERS) ?? false;
  }

  /** Each call has its own draws, whatever goes on beside it. */
  private next(subject: string): Draw | undefined {
    if (this.isLifted) return undefined;
    const nth = (this.calls.get(subject) ?? 0) + 1;
    this.calls.set(subject, nth);
    return this.draw.of(`${subject} ${nth}`);
  }
}

interface OfCluster {
  readonly clusterUid: string;
}

/** Keys and secrets are the real ones: what is to be wiped in the end has to be there first. */
export function guestActivities(store: Store, faults: GuestFaults) {
  const { createSshKeys, createJoinToken } = createSshActivities({ store, proxyUrl: null });
  const calmly =
    <A extends object, T>(name: string, act: (args: A) => T | Promise<T>) =>
    async (args: A): Promise<T> => {
      faults.befall(`${name} ${JSON.stringify(args)}`);
      return act(args);
    };
  return {
    createSshKeys,
    createJoinToken,
    probeAddresses: calmly('probeAddresses', ({ addresses }: { readonly addresses: readonly string[] }) => ({
      inUse: addresses
        .filter((address) => faults.isTaken(address))
        .map((address) => ({ address, evidence: 'a printer' })),
    })),
    waitForSsh: calmly('waitForSsh', () => undefined),
    waitForCloudInit: calmly('waitForCloudInit', () => ({ warnings: [] })),
    runGuestStep: calmly('runGuestStep', () => ({ changed: true })),
    sealKubeconfig: calmly('sealKubeconfig', ({ clusterUid }: OfCluster) =>
      store.secrets.put(clusterUid, 'kubeconfig', 'a kubeconfig'),
    ),
    waitForNode: calmly('waitForNode', () => undefined),
    runHealthChecks: calmly('runHealthChecks', () => undefined),
  };
}
