/** Finds out who makes a request: by client certificate or by bearer token. */
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { Cluster } from '../cluster.js';
import { ACCOUNT_NAME, TOKEN_SECRET_TYPE } from '../controllers/token-secrets.js';
import { isJsonObject, textAt, valueAt } from '../model/json.js';
import { keyOf } from '../model/kube-object.js';
import { verifyToken } from '../pki/service-account-token.js';
import { AUTHENTICATED, serviceAccountUser, type User } from './user.js';

const BOOTSTRAP_TOKEN_TYPE = 'bootstrap.kubernetes.io/token';

/** @returns `undefined` when the request does not prove to come from anybody. */
export function authenticate(
  cluster: Cluster,
  { socket, authorization }: { readonly socket: TLSSocket; readonly authorization: string | undefined },
): User | undefined {
  if (socket.authorized) return userOfCertificate(socket.getPeerCertificate());
  const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  return token === undefined ? undefined : userOfToken(cluster, token);
}

/** The common name is the user, the organizations are the groups. */
function userOfCertificate({ subject }: PeerCertificate): User | undefined {
  // A subject with several organizations has a list where the types promise one text.
  const { CN, O } = subject as { readonly CN?: string; readonly O?: string | string[] };
  if (CN === undefined) return undefined;
  const groups = O === undefined ? [] : [O].flat();
  return { username: CN, groups: [...groups, AUTHENTICATED] };
}

export function userOfToken(cluster: Cluster, token: string): User | undefined {
  return (
    userOfBootstrapToken(cluster, token) ??
    userOfAccountToken(cluster, token) ??
    userOfTokenSecret(cluster, token)
  );
}

function userOfAccountToken(cluster: Cluster, token: string): User | undefined {
  const claims = verifyToken(token, cluster.keys.serviceAccountKey);
  const account = claims?.['kubernetes.io'];
  // Tokens in secrets have no such claim: they are good for as long as their secret is there.
  if (!isJsonObject(account)) return undefined;
  const [namespace, name, uid] = [['namespace'], ['serviceaccount', 'name'], ['serviceaccount', 'uid']].map(
    (path) => String(valueAt(account, path)),
  );
  const found = cluster.store.at('serviceaccounts', keyOf(namespace, name ?? ''));
  if (found === undefined || found.metadata.uid !== uid) return undefined;
  return serviceAccountUser(namespace ?? '', name ?? '', uid);
}

function userOfTokenSecret(cluster: Cluster, token: string): User | undefined {
  const wanted = Buffer.from(token).toString('base64');
  const secret = cluster.store
    .list('secrets')
    .find(
      (candidate) =>
        candidate['type'] === TOKEN_SECRET_TYPE && valueAt(candidate, ['data', 'token']) === wanted,
    );
  if (secret === undefined) return undefined;
  const { namespace = 'default', annotations } = secret.metadata;
  const name = annotations?.[ACCOUNT_NAME] ?? '';
  const account = cluster.store.at('serviceaccounts', keyOf(namespace, name));
  return account && serviceAccountUser(namespace, name, account.metadata.uid);
}

function userOfBootstrapToken(cluster: Cluster, token: string): User | undefined {
  const [, id, secretPart] = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(token) ?? [];
  const secret = cluster.store.at('secrets', `kube-system/bootstrap-token-${id}`);
  if (id === undefined || secret?.['type'] !== BOOTSTRAP_TOKEN_TYPE) return undefined;
  const field = (name: string): string =>
    Buffer.from(textAt(secret, 'data', name), 'base64').toString('utf8');
  const isExpired = field('expiration') !== '' && Date.parse(field('expiration')) < Date.now();
  if (field('token-secret') !== secretPart || field('usage-bootstrap-authentication') !== 'true' || isExpired)
    return undefined;
  return { username: `system:bootstrap:${id}`, groups: ['system:bootstrappers', AUTHENTICATED] };
}
