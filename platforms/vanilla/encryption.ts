/** Secrets encrypted in etcd: https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/ */
import type { GuestFile } from '../../domain/guest-step.js';
import type { PlatformCluster } from '../platform.js';
import { ENCRYPTION_CONFIGURATION } from './paths.js';
import { SECRETS } from './secrets.js';

/** Every API server has to have the same key: each control-plane machine gets the file. */
export function encryptionFiles({ definition }: PlatformCluster): GuestFile[] {
  if (!definition.security.encryptSecretsAtRest) return [];
  const configuration = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [
      {
        resources: ['secrets'],
        // The last one reads what was written before there was a key.
        providers: [
          { secretbox: { keys: [{ name: 'key1', secret: SECRETS.encryptionKey }] } },
          { identity: {} },
        ],
      },
    ],
  };
  const content = `${JSON.stringify(configuration, null, 2)}\n`;
  return [{ path: ENCRYPTION_CONFIGURATION, mode: '0600', content }];
}
