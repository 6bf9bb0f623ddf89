/** Files of a release, fetched by machines that reach nothing but a mirror of it. */

/** As releases name it; Proxmox VE runs on no other architecture. */
export const ARCHITECTURE = 'amd64';
/** In the same folder as the files; each line is what `sha256sum` prints. */
export const CHECKSUMS = `sha256sum-${ARCHITECTURE}.txt`;
/** The distribution's own installer script. */
export const INSTALLER = 'install.sh';

/**
 * Lines of a shell script that leave the files, the installer and the checksums in `folder`, which becomes the working
 * directory. It ends with an error when a file has another checksum than the list says, or is not in it.
 * @param url of the folder on the mirror.
 */
export function fetchArtifacts(url: string, folder: string, files: readonly string[]): string[] {
  const base = url.replace(/\/+$/, '');
  const isWanted = files.map((file) => `$2 == "${file}"`).join(' || ');
  return [
    `mkdir -p '${folder}'`,
    `cd '${folder}'`,
    ...[INSTALLER, CHECKSUMS, ...files].map((file) => `curl -sSfL -o '${file}' '${base}/${file}'`),
    `awk '${isWanted}' ${CHECKSUMS} > wanted`,
    // A file that the list does not have would pass unseen.
    `test "$(wc -l < wanted)" -eq ${files.length} || { echo 'not all files are in ${CHECKSUMS}' >&2; exit 1; }`,
    'sha256sum -c wanted',
  ];
}
