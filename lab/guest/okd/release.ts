/** A release of OKD, as far as machines download it: the install programme, the client, and their checksums. */
import { createHash } from 'node:crypto';
import { parseVersion } from '../../../domain/versions.js';
import { tarball } from '../rke2/tarball.js';

const ARCHIVES = {
  'openshift-install-linux': ['openshift-install'],
  'openshift-client-linux': ['oc'],
} as const;

export interface ReleaseFile {
  readonly body: Buffer;
  /** It is large. */
  readonly isProgram: boolean;
}

/** @returns `undefined` for what no release has. */
export function okdReleaseFile(version: string, name: string): ReleaseFile | undefined {
  if (parseVersion('OKD', version) === undefined) return undefined;
  const archives = new Map(
    Object.entries(ARCHIVES).map(([archive, programs]) => [
      `${archive}-${version}.tar.gz`,
      tarball(programs.map((path) => ({ path, mode: 0o755, content: scriptOf(path, version) }))),
    ]),
  );
  if (name === 'sha256sum.txt') {
    const lines = [...archives].map(
      ([file, body]) => `${createHash('sha256').update(body).digest('hex')}  ${file}\n`,
    );
    return { body: Buffer.from(lines.join('')), isProgram: false };
  }
  const body = archives.get(name);
  return body === undefined ? undefined : { body, isProgram: true };
}

function scriptOf(program: string, version: string): string {
  return `#!/bin/sh\nexec /usr/bin/simulated-${program} ${version} "$0" "$@"\n`;
}
