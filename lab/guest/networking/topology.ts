/** Who reaches whom: the way of a packet from a machine to its destination and, as nothing answers without it, back. */
import { ALL_IPV4, contains, firstHost, isIn, type InterfaceAddress } from './subnet.js';

/** One network interface of a machine that is up. */
export interface Link {
  readonly name: string;
  readonly segment: string;
  readonly addresses: readonly InterfaceAddress[];
  readonly routes: readonly Route[];
}

export interface Route {
  /** Destination, such as `0.0.0.0/0`. */
  readonly to: string;
  readonly via: string;
}

export interface Station {
  links(): readonly Link[];
  /** Whether it passes on packets that are not for itself. */
  forwards(): boolean;
  /** Whether it puts its own address in place of the packet's source. */
  masquerades(packet: ForwardedPacket): boolean;
}

export interface ForwardedPacket {
  readonly source: string;
  /** `null` is any address of the Internet. */
  readonly destination: string | null;
  /** Name of the interface that it leaves by. */
  readonly outgoing: string;
}

export type Delivery =
  /** `source` is the address that the other end sees. */
  | { readonly kind: 'machine'; readonly source: string }
  /** At a service that the lab exposes, or in the lab's Internet. */
  | { readonly kind: 'outside'; readonly source: string }
  | { readonly kind: 'lost' };

/** Where a packet is to go; `null` is any address of the Internet. */
type Destination = string | null;

const LOST: Delivery = { kind: 'lost' };
const MOST_HOPS = 8;

/**
 * Beside the machines there is one router, as in every machine room. It has the first address of each subnet on each
 * segment, unless a machine has it, and knows the subnets of those machines that use it as their gateway: the others are
 * isolated, and what comes from them by a detour is dropped unless its address was translated on the way. Services that
 * the lab exposes stand on every segment.
 */
export class Topology {
  private readonly stations = new Set<Station>();
  private readonly isService: (address: string) => boolean;

  constructor(isService: (address: string) => boolean) {
    this.isService = isService;
  }

  add(station: Station): void {
    this.stations.add(station);
  }

  remove(station: Station): void {
    this.stations.delete(station);
  }

  /** The way to an address or, with `null`, to the Internet. */
  send(from: Station, to: Destination): Delivery {
    return this.pass(from, to, null, MOST_HOPS);
  }

  /** Whether the address is the router's own or in a subnet that no machine stands in. */
  isBeyondRouter(address: string): boolean {
    const links = [...this.stations].flatMap((station) => station.links());
    const subnets = links.flatMap(({ addresses }) => addresses).filter((each) => contains(each, address));
    return subnets.every((subnet) => firstHost(subnet) === address);
  }

  private pass(station: Station, to: Destination, source: string | null, hops: number): Delivery {
    const next = hops > 0 ? nextHop(station, to) : undefined;
    if (next === undefined) return LOST;
    const { link, hop, own } = next;
    const isOwn = source === null || station.masquerades({ source, destination: to, outgoing: link.name });
    const from = isOwn ? own : source;
    const neighbour = this.neighbour(link.segment, hop);
    if (hop === to) {
      if (neighbour !== undefined) return this.delivered(neighbour, from);
      return this.isService(hop) ? { kind: 'outside', source: from } : LOST;
    }
    if (neighbour !== undefined)
      return neighbour.forwards() ? this.pass(neighbour, to, from, hops - 1) : LOST;
    return this.isRouter(link, hop) ? this.route(link, to, from) : LOST;
  }

  private route(arrivedBy: Link, to: Destination, from: string): Delivery {
    if (!arrivedBy.addresses.some((address) => contains(address, from))) return LOST;
    if (to === null || this.isService(to)) return { kind: 'outside', source: from };
    const station = this.knownToRouter(to);
    return station === undefined ? LOST : this.delivered(station, from);
  }

  private delivered(station: Station, source: string): Delivery {
    return this.canAnswer(station, source, MOST_HOPS) ? { kind: 'machine', source } : LOST;
  }

  private canAnswer(station: Station, source: string, hops: number): boolean {
    const next = hops > 0 ? nextHop(station, source) : undefined;
    if (next === undefined) return false;
    const neighbour = this.neighbour(next.link.segment, next.hop);
    if (next.hop === source) return neighbour !== undefined;
    if (neighbour !== undefined) return neighbour.forwards() && this.canAnswer(neighbour, source, hops - 1);
    return this.isRouter(next.link, next.hop) && this.knownToRouter(source) !== undefined;
  }

  /** The machine that has the address, where its subnet is one of those that the router knows. */
  private knownToRouter(address: string): Station | undefined {
    return [...this.stations].find((station) =>
      station
        .links()
        .some((link) => link.addresses.some((each) => each.address === address) && this.usesRouter(link)),
    );
  }

  private neighbour(segment: string, address: string): Station | undefined {
    return [...this.stations].find((station) =>
      station
        .links()
        .some((link) => link.segment === segment && link.addresses.some((each) => each.address === address)),
    );
  }

  private isRouter(link: Link, address: string): boolean {
    return link.addresses.some((each) => contains(each, address) && firstHost(each) === address);
  }

  private usesRouter(link: Link): boolean {
    return link.routes.some(
      ({ via }) => this.isRouter(link, via) && this.neighbour(link.segment, via) === undefined,
    );
  }
}

/** Subnets that the station stands in come before its routes, and of these the most specific one wins. */
function nextHop(
  station: Station,
  to: Destination,
): { readonly link: Link; readonly hop: string; readonly own: string } | undefined {
  const links = station.links();
  if (to !== null) {
    for (const link of links) {
      const subnet = link.addresses.find((each) => contains(each, to));
      if (subnet !== undefined) return { link, hop: to, own: subnet.address };
    }
  }
  const candidates = links.flatMap((link) => link.routes.map((route) => ({ link, route })));
  const fitting = candidates.filter(({ route }) =>
    to === null ? route.to === ALL_IPV4 : isIn(to, route.to),
  );
  const [best] = fitting.sort((a, b) => prefixOf(b.route.to) - prefixOf(a.route.to));
  const own = best?.link.addresses.find((each) => contains(each, best.route.via))?.address;
  // A gateway that is in none of the link's subnets cannot be asked for.
  return best === undefined || own === undefined ? undefined : { link: best.link, hop: best.route.via, own };
}

function prefixOf(cidr: string): number {
  return Number(cidr.split('/')[1]);
}
