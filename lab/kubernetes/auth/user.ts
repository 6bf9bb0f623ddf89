/** Who makes a request. */
export interface User {
  readonly username: string;
  readonly groups: readonly string[];
  readonly uid?: string;
}

export const AUTHENTICATED = 'system:authenticated';

export function serviceAccountUser(namespace: string, name: string, uid: string): User {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, AUTHENTICATED],
    uid,
  };
}
