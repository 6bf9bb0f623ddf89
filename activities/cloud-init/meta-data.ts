/** cloud-init's `meta-data`: a machine with another instance id runs its first boot anew. */
import { quotedYaml } from './quoted-yaml.js';

export interface MetaData {
  readonly instanceId: string;
  readonly hostname: string;
}

export function metaData({ instanceId, hostname }: MetaData): string {
  return quotedYaml({ 'instance-id': instanceId, 'local-hostname': hostname });
}
