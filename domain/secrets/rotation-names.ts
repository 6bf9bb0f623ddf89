/**
 * Names of secrets in the vault while they are being rotated. What is there says where a rotation stopped:
 * with a `next` one it is being brought to the machines, with a `replaced` one the old one is being taken away.
 */
export const SSH_SECRETS = {
  privateKey: 'ssh-private-key',
  publicKey: 'ssh-public-key',
  nextPrivateKey: 'next-ssh-private-key',
  /** A line of `authorized_keys`. */
  replacedPublicKey: 'replaced-ssh-key.pub',
} as const;

/** The secret that lets machines in, by the name that the distribution keeps it under. */
export interface TokenNames {
  readonly current: string;
  readonly next: string;
  readonly replaced: string;
}

/** @param current such as `join-token`. */
export function tokenNames(current: string): TokenNames {
  return { current, next: `next-${current}`, replaced: `replaced-${current}` };
}

/** Where a rotation is taken up. */
export type RotationStage = 'SPREAD' | 'WITHDRAW';
