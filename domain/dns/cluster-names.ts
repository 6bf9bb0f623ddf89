/** What a cluster and its API are called. */

/** `demo.lab.internal` */
export function clusterDomain({
  cluster,
  domain,
}: {
  readonly cluster: string;
  readonly domain: string;
}): string {
  return `${cluster}.${domain}`;
}

/** What the API's certificate has to hold: its name outside, and its name inside. */
export function apiNames(names: {
  readonly cluster: string;
  readonly domain: string;
}): readonly [outside: string, inside: string] {
  return [`api.${clusterDomain(names)}`, `api-int.${clusterDomain(names)}`];
}
