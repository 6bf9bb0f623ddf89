/** The kubeconfig that K3s leaves on its servers. */
import { stringify } from 'yaml';
import type { ClusterKeys } from './cluster-keys.js';

/** @param server such as `https://127.0.0.1:6443`. */
export function adminKubeconfig(keys: ClusterKeys, server: string): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return stringify(
    {
      apiVersion: 'v1',
      clusters: [
        {
          cluster: { 'certificate-authority-data': base64(keys.serverAuthority.certificate), server },
          name: 'default',
        },
      ],
      contexts: [{ context: { cluster: 'default', user: 'default' }, name: 'default' }],
      'current-context': 'default',
      kind: 'Config',
      preferences: {},
      users: [
        {
          name: 'default',
          user: {
            'client-certificate-data': base64(keys.admin.certificate),
            'client-key-data': base64(keys.admin.privateKey),
          },
        },
      ],
    },
    { lineWidth: 0 },
  );
}
