/** Whether a renewal did what it was for: each certificate ends later than before. */
import type { ClusterType } from '../cluster-definition.js';
import { certificateTitle, isRenewable, type Certificate } from './certificate.js';

/** @returns what still ends when it did, in words; of certificates that are not there any more nothing is said. */
export function notRenewed(
  type: ClusterType,
  before: readonly Certificate[],
  after: readonly Certificate[],
): string[] {
  const keyOf = ({ machine, path }: Certificate): string => `${machine ?? ''} ${path}`;
  const now = new Map(after.map((certificate) => [keyOf(certificate), certificate]));
  return before
    .filter((certificate) => isRenewable(type, certificate))
    .flatMap((certificate) => {
      const found = now.get(keyOf(certificate));
      if (found === undefined || Date.parse(found.endsAt) > Date.parse(certificate.endsAt)) return [];
      return [`${certificateTitle(found)} still ends at ${found.endsAt}`];
    });
}
