/** Where the boot service serves what; the paths are read by firmware and guests, so they are for ever. */

/** @param origin such as `http://10.1.107.2:8081`, without a path. */
export function noCloudUrl(origin: string, token: string): string {
  return `${origin}/nocloud/${token}/`;
}

export function ignitionUrl(origin: string, token: string): string {
  return `${origin}/ignition/${token}`;
}

export function bootFileUrl(origin: string, token: string, name: string): string {
  return `${origin}/files/${token}/${name}`;
}

/** iPXE writes the MAC address with hyphens, people with colons. @returns lower case with colons. */
export function parseMac(text: string): string | undefined {
  const match = /^[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}$/i.exec(text);
  return match === null ? undefined : text.toLowerCase().replaceAll('-', ':');
}
