/** DHCP between the machines of one segment: who asks, who answers, and with what. */

/** Machines on the same bridge with the same VLAN tag hear one another, on whatever hosts they run. */
export function segmentOf({
  bridge,
  vlan,
}: {
  readonly bridge: string;
  readonly vlan: number | null;
}): string {
  return vlan === null ? bridge : `${bridge}.${vlan}`;
}

export interface DhcpRequest {
  /** Lower case. */
  readonly mac: string;
  /** Set by a network card's firmware: option 93, and whether it is iPXE (option 175). */
  readonly firmware: { readonly architecture: number; readonly isIpxe: boolean } | null;
}

export interface DhcpLease {
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string | null;
  readonly nameservers: readonly string[];
  /** What names without a domain are looked for in. */
  readonly domain: string | null;
  readonly hostname: string | null;
  /** Address of the server that gave it. */
  readonly server: string;
  /** What the firmware is to load: the name of a file, or a URL. */
  readonly bootFile: string | null;
}

export interface DhcpServer {
  /** @returns `undefined` where the server does not answer the machine. */
  answer(request: DhcpRequest, segment: string): DhcpLease | undefined;
  /** Whether a file of this name can be had from it by TFTP. */
  hasFile(name: string): boolean;
}

export interface DhcpOffer {
  readonly lease: DhcpLease;
  readonly server: DhcpServer;
}

/** The DHCP servers of the whole lab. */
export class DhcpServers {
  private readonly bySegment = new Map<string, Set<DhcpServer>>();

  /** @returns a function that takes the server off the segment. */
  serve(segment: string, server: DhcpServer): () => void {
    const servers = this.bySegment.get(segment) ?? new Set<DhcpServer>();
    this.bySegment.set(segment, servers.add(server));
    return () => servers.delete(server);
  }

  /** The first server that answers wins, as the first offer does. */
  ask(segment: string, request: DhcpRequest): DhcpOffer | undefined {
    for (const server of this.bySegment.get(segment) ?? []) {
      const lease = server.answer(request, segment);
      if (lease !== undefined) return { lease, server };
    }
    return undefined;
  }
}
