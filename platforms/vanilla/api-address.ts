/** Where machines reach the API. */
import type { PlatformCluster } from '../platform.js';

export const API_PORT = 6443;

/** `10.1.107.9:6443`, `[fd00::9]:6443` */
export function hostPort(address: string, port: number = API_PORT): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

export function apiAddress({ endpoint }: PlatformCluster): string {
  return hostPort(endpoint.address);
}
