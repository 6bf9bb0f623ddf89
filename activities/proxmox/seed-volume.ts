/** Names of uploaded cloud-init media: `local:iso/cw-<uuid>-<digest>.iso`. */

const NAME = /:iso\/cw-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-[0-9a-f]{16}\.iso$/;
const DIGEST_CHARACTERS = 16;

export function seedVolumeId(storage: string, uuid: string, sha256: string): string {
  return `${storage}:iso/cw-${uuid}-${sha256.slice(0, DIGEST_CHARACTERS)}.iso`;
}

/** UUID of the machine that the medium was made for; `undefined` when it is none of ours. */
export function machineOfSeed(volid: string): string | undefined {
  return NAME.exec(volid)?.[1];
}
