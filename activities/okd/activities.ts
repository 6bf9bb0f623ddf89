/** What is particular to the installation of OKD; the rest is as for any machine and any cluster. */
import { fail } from '../../domain/errors.js';
import type { GuestStep } from '../../domain/guest-step.js';
import { CERTIFICATE_SECONDS } from '../../platforms/okd/install-files.js';
import { withGuest, type GuestAccessOptions, type GuestTarget } from '../ssh/guest-access.js';
import { secretsOf } from '../ssh/guest-secrets.js';
import { runStep } from '../ssh/guest-step.js';
import { withHeartbeats } from '../ssh/heartbeat.js';
import { fetchIgnition, type FetchIgnitionRequest } from './fetch-ignition.js';
import { certificateBudget, isOlder, requireInstallFiles, type CertificateBudget } from './install-secret.js';
import { pullSecretLine } from './pull-secret.js';

export interface OkdDependencies extends GuestAccessOptions {
  /** By their names in definitions. */
  readonly pullSecrets: ReadonlyMap<string, string>;
  readonly now?: () => Date;
}

const LOOK_FOR_SECONDS = 300;

export type OkdActivities = ReturnType<typeof createOkdActivities>;

/** Each activity can be repeated at any time, and throws `ClusterwrightError`s. */
export function createOkdActivities(dependencies: OkdDependencies) {
  const { store, pullSecrets, now = () => new Date() } = dependencies;
  return {
    /** Puts the pull secret of that name among the cluster's secrets. @throws `PULL_SECRET_INVALID` */
    sealPullSecret: async (request: {
      readonly clusterUid: string;
      readonly name: string;
    }): Promise<void> => {
      const { clusterUid, name } = request;
      await store.secrets.put(clusterUid, 'pull-secret', pullSecretLine(name, pullSecrets.get(name)));
    },

    /** See {@link fetchIgnition}. @returns how long the first certificates are good for. */
    fetchIgnition: (request: FetchIgnitionRequest): Promise<CertificateBudget> =>
      withHeartbeats(({ signal }) => fetchIgnition(request, { access: dependencies, signal, now })),

    /**
     * Runs a step that waits for the end of the bootstrap. Every few minutes it gives up with what the machine says, so
     * that the reason is seen in the run; the retry goes on waiting.
     * @throws `CERTIFICATES_EXPIRED_BEFORE_BOOTSTRAP` when it cannot come any more, and what {@link runStep} throws.
     */
    waitForBootstrap: ({ step, ...target }: GuestTarget & { readonly step: GuestStep }): Promise<void> =>
      withHeartbeats(async (pulse) => {
        const { signal } = pulse;
        const say = (reason: string): void => pulse.say(reason);
        const secrets = await secretsOf(store.secrets, target.clusterUid);
        const look = { ...step, timeoutSeconds: Math.min(step.timeoutSeconds, LOOK_FOR_SECONDS) };
        try {
          await withGuest(dependencies, target, signal, (connection) =>
            runStep(look, { connection, secrets, signal, say }),
          );
        } catch (error) {
          const files = await requireInstallFiles(store.secrets, target.clusterUid);
          if (!isOlder(files, CERTIFICATE_SECONDS, now())) throw error;
          const { endsAt } = certificateBudget(files);
          const reason = error instanceof Error ? error.message : String(error);
          throw fail(
            'CERTIFICATES_EXPIRED_BEFORE_BOOTSTRAP',
            `the first certificates ended at ${endsAt}, and the bootstrap is not over: ${reason}`,
            { cause: error },
          );
        }
      }),
  };
}
