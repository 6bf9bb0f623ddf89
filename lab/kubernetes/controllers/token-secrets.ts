/** Fills secrets of type `kubernetes.io/service-account-token`. */
import { change, remove } from '../api/writer.js';
import { keyOf, objectKey } from '../model/kube-object.js';
import { signToken } from '../pki/service-account-token.js';
import type { Controller } from './controller.js';
import { ownKeys } from './control-loop.js';

export const TOKEN_SECRET_TYPE = 'kubernetes.io/service-account-token';
export const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

export const tokenSecrets: Controller = {
  name: 'token-secrets',
  *keys(changed, cluster) {
    if (changed.object['type'] === TOKEN_SECRET_TYPE) yield* ownKeys(changed, 'secrets');
    if (changed.resource !== 'serviceaccounts') return;
    for (const secret of cluster.store.list('secrets', changed.object.metadata.namespace)) {
      if (secret['type'] === TOKEN_SECRET_TYPE) yield objectKey(secret);
    }
  },
  reconcile: (key, cluster) => {
    const secret = cluster.store.at('secrets', key);
    if (secret === undefined) return;
    const { namespace = 'default', name, annotations } = secret.metadata;
    const accountName = annotations?.[ACCOUNT_NAME] ?? '';
    const account = cluster.store.at('serviceaccounts', keyOf(namespace, accountName));
    const isStranger =
      annotations?.[ACCOUNT_UID] !== undefined && annotations[ACCOUNT_UID] !== account?.metadata.uid;
    // The token of an account that is gone must not serve one that comes later under its name.
    if (isStranger) remove(cluster, 'secrets', key);
    const data = secret['data'] as Record<string, string> | undefined;
    if (account === undefined || isStranger || data?.['token'] !== undefined) return;
    const claims = {
      iss: 'kubernetes/serviceaccount',
      'kubernetes.io/serviceaccount/namespace': namespace,
      'kubernetes.io/serviceaccount/secret.name': name,
      'kubernetes.io/serviceaccount/service-account.name': accountName,
      'kubernetes.io/serviceaccount/service-account.uid': account.metadata.uid,
      sub: `system:serviceaccount:${namespace}:${accountName}`,
    };
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    change(cluster, 'secrets', key, (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, [ACCOUNT_UID]: account.metadata.uid };
      draft['data'] = {
        ...data,
        token: base64(signToken(claims, cluster.keys.serviceAccountKey)),
        namespace: base64(namespace),
        'ca.crt': base64(cluster.keys.serverAuthority.certificate),
      };
    });
  },
};
