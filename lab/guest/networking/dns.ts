/** DNS between the machines of the lab: what is asked, what is answered, and who answers where. */

export type RecordType = 'A' | 'AAAA' | 'PTR' | 'CNAME' | 'TXT' | 'SRV' | 'MX' | 'NS' | 'SOA';

/** Names are lower case, without the dot of the root. */
export interface DnsQuestion {
  readonly name: string;
  readonly type: RecordType;
}

export interface DnsRecord extends DnsQuestion {
  /** In the form of a zone file, such as `10.1.107.9`. */
  readonly value: string;
}

export type DnsReply =
  /** Empty for a name that has no record of this type. */
  | { readonly kind: 'records'; readonly records: readonly DnsRecord[] }
  | { readonly kind: 'no-such-name' }
  /** The server does not know and asks nobody. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'no-reply' };

export interface DnsServer {
  /** @param hops how many servers may still be asked for this question. */
  answer(question: DnsQuestion, hops: number): DnsReply;
}

/** A question that goes round in circles ends. */
export const MOST_DNS_HOPS = 8;
export const DNS_PORT = 53;

/** The DNS servers of the whole lab, by address and port. */
export class NameServers {
  private readonly servers = new Map<string, DnsServer>();

  /** @returns a function that takes the server away. */
  serve(address: string, port: number, server: DnsServer): () => void {
    const key = `${address}#${port}`;
    this.servers.set(key, server);
    return () => {
      if (this.servers.get(key) === server) this.servers.delete(key);
    };
  }

  at(address: string, port: number): DnsServer | undefined {
    return this.servers.get(`${address}#${port}`);
  }
}

/** The name under which an IPv4 address is asked for: `9.107.1.10.in-addr.arpa`. */
export function reverseName(address: string): string {
  return `${address.split('.').toReversed().join('.')}.in-addr.arpa`;
}
