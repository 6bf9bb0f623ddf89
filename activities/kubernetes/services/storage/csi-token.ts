/** API tokens of the storage driver: definitions name them, the worker's configuration has them. */
import { fail } from '../../../../domain/errors.js';
import type { SecretVault } from '../../../../store/store.js';

/** `user@realm!name=uuid` of each, by the name that definitions mean it by. */
export type CsiTokens = ReadonlyMap<string, string>;

const SECRET = 'proxmox-csi-token';

/**
 * What is configured now counts, and is sealed; what was sealed counts where the configuration has it no more.
 * @throws `CSI_TOKEN_UNKNOWN`
 */
export async function csiToken(
  vault: SecretVault,
  tokens: CsiTokens,
  { clusterUid, name }: { readonly clusterUid: string; readonly name: string },
): Promise<string> {
  const secret = `${SECRET}/${name}`;
  const sealed = await vault.get(clusterUid, secret);
  const token = tokens.get(name) ?? sealed;
  if (token === undefined) throw fail('CSI_TOKEN_UNKNOWN', `there is no token "${name}" in CSI_TOKENS_PATH`);
  if (token !== sealed) await vault.put(clusterUid, secret, token);
  return token;
}
