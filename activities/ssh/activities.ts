/** Activities on machines over SSH, and the making of the secrets that they need. */
import { randomBytes } from 'node:crypto';
import type { GuestStep } from '../../domain/guest-step.js';
import { withGuest, type GuestAccessOptions, type GuestTarget } from './guest-access.js';
import { secretsOf } from './guest-secrets.js';
import { runStep } from './guest-step.js';
import { withHeartbeats } from './heartbeat.js';
import { ensureSshKeys } from './ssh-keys.js';
import { waitForFirstBoot, waitForLogin } from './wait.js';

export type SshActivities = ReturnType<typeof createSshActivities>;

const JOIN_TOKEN_BYTES = 32;

/** Each activity can be repeated at any time, and throws `ClusterwrightError`s. */
export function createSshActivities(access: GuestAccessOptions) {
  const { store } = access;
  return {
    /** Returns once a login works; the machine's host key is pinned in the ledger then. */
    waitForSsh: (target: GuestTarget): Promise<void> =>
      withHeartbeats((pulse) => waitForLogin(access, target, pulse)),

    /** Returns once cloud-init is done, with the messages of errors that it recovered from. */
    waitForCloudInit: (target: GuestTarget): Promise<{ warnings: readonly string[] }> =>
      withHeartbeats(async (pulse) => ({ warnings: await waitForFirstBoot(access, target, pulse) })),

    /** Makes the step's effect true, unless it is already; see {@link runStep}. */
    runGuestStep: ({
      step,
      ...target
    }: GuestTarget & { readonly step: GuestStep }): Promise<{ changed: boolean }> =>
      withHeartbeats(async (pulse) => {
        const { signal } = pulse;
        const say = (reason: string): void => pulse.say(reason);
        const secrets = await secretsOf(store.secrets, target.clusterUid);
        return withGuest(access, target, signal, (connection) =>
          runStep(step, { connection, secrets, signal, say }),
        );
      }),

    /** Makes the cluster's key pair, once. */
    createSshKeys: async ({
      clusterUid,
    }: {
      readonly clusterUid: string;
    }): Promise<{ publicKey: string }> => ({
      publicKey: await ensureSshKeys(store.secrets, clusterUid),
    }),

    /** Makes the secret with which machines join the cluster, once; it stays in the vault. */
    createJoinToken: async ({ clusterUid }: { readonly clusterUid: string }): Promise<void> => {
      await store.secrets.create(clusterUid, 'join-token', randomBytes(JOIN_TOKEN_BYTES).toString('hex'));
    },
  };
}
