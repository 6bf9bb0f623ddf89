/** Bootstrap tokens: https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens */
import { randomBytes } from 'node:crypto';
import { secret, secretText, type Administrator, type KubeObject } from './admin.js';
import type { BootstrapToken } from './documents.js';
import { KubeadmFailure } from './failure.js';

const TYPE = 'bootstrap.kubernetes.io/token';
const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const DEFAULT_GROUP = 'system:bootstrappers:kubeadm:default-node-token';
const FOLDER = '/api/v1/namespaces/kube-system/secrets';

export interface KnownToken {
  readonly id: string;
  readonly secret: string;
  /** Milliseconds since the epoch. */
  readonly expires: number | undefined;
  readonly usages: readonly string[];
  readonly description: string;
  readonly groups: string;
}

/** @throws KubeadmFailure for a token that is none. */
export function splitToken(token: string): { readonly id: string; readonly secret: string } {
  const [, id, rest] = TOKEN.exec(token) ?? [];
  if (id === undefined || rest === undefined)
    throw new KubeadmFailure(
      `the bootstrap token "${token}" was not of the form "\\A([a-z0-9]{6})\\.([a-z0-9]{16})\\z"`,
    );
  return { id, secret: rest };
}

export function newToken(): string {
  return `${randomBytes(3).toString('hex')}.${randomBytes(8).toString('hex')}`;
}

/** Makes the token or begins its time anew. @returns the secret as it is now. */
export function putToken(admin: Administrator, token: BootstrapToken): Promise<KubeObject> {
  const { id, secret: rest } = splitToken(token.token);
  const lifeMs = durationOf(token.ttl ?? '24h');
  const usages = token.usages ?? ['signing', 'authentication'];
  return admin.put(
    'secrets',
    secret('kube-system', `bootstrap-token-${id}`, TYPE, {
      'token-id': id,
      'token-secret': rest,
      ...(lifeMs === 0 ? {} : { expiration: new Date(Date.now() + lifeMs).toISOString() }),
      ...(token.description === undefined ? {} : { description: token.description }),
      'auth-extra-groups': (token.groups ?? [DEFAULT_GROUP]).join(','),
      ...Object.fromEntries(usages.map((usage) => [`usage-bootstrap-${usage}`, 'true'])),
    }),
  );
}

/** @returns `undefined` for one that is not there. */
export async function findToken(admin: Administrator, id: string): Promise<KnownToken | undefined> {
  const found = await admin.find(`${FOLDER}/bootstrap-token-${id}`);
  return found === undefined ? undefined : knownToken(found);
}

export async function listTokens(admin: Administrator): Promise<KnownToken[]> {
  return (await admin.list(FOLDER)).filter(({ type }) => type === TYPE).map(knownToken);
}

export function isExpired({ expires }: KnownToken): boolean {
  return expires !== undefined && expires < Date.now();
}

/** As Go writes it: `24h0m0s`, `90m`, `0`. @throws KubeadmFailure */
export function durationOf(text: string): number {
  if (text === '0') return 0;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text)
    throw new KubeadmFailure(`time: invalid duration "${text}"`);
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
  return parts.reduce((sum, [, amount, unit = 's']) => sum + Number(amount) * (units[unit] ?? 0), 0);
}

function knownToken(object: KubeObject): KnownToken {
  const expiration = secretText(object, 'expiration');
  const usages = ['authentication', 'signing'].filter(
    (usage) => secretText(object, `usage-bootstrap-${usage}`) === 'true',
  );
  return {
    id: secretText(object, 'token-id'),
    secret: secretText(object, 'token-secret'),
    expires: expiration === '' ? undefined : Date.parse(expiration),
    usages,
    description: secretText(object, 'description'),
    groups: secretText(object, 'auth-extra-groups'),
  };
}
