/** How records are told to be a cluster's: each name has a text beside it that names the cluster. */
import { createHash } from 'node:crypto';
import { canonicalName } from './name.js';

const PREFIX = 'clusterwright-';
const LONGEST_LABEL = 63;
const HERITAGE = 'heritage=clusterwright';

export interface MarkedCluster {
  readonly clusterUid: string;
  readonly cluster: string;
}

/**
 * Where the text is: `clusterwright-api.demo.example` for `api.demo.example`. It is no host name of anybody's: of a
 * wildcard it has an underscore, and of a label that is too long a hash.
 */
export function markName(name: string): string {
  const [first = '', ...rest] = canonicalName(name).split('.');
  const label = `${PREFIX}${first === '*' ? '_wildcard' : first}`;
  return [label.length > LONGEST_LABEL ? `${PREFIX}${hashOf(first)}` : label, ...rest].join('.');
}

export function markText({ clusterUid, cluster }: MarkedCluster): string {
  return `${HERITAGE},cluster=${cluster},uid=${clusterUid}`;
}

/** Whether it is the mark of some cluster. */
export function isMark(text: string): boolean {
  return text.startsWith(`${HERITAGE},`);
}

function hashOf(label: string): string {
  return createHash('sha256').update(label).digest('hex').slice(0, 40);
}
