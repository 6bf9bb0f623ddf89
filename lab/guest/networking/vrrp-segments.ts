/** VRRP between the machines of the lab (RFC 5798): who speaks for which virtual router, and who hears whom. */

export interface VrrpSpeaker {
  readonly segment: string;
  /** 1 to 255. */
  readonly virtualRouterId: number;
  /** The address that its packets come from. */
  readonly address: string;
  /** Whom it speaks to; `null`: by multicast to all of its segment. */
  readonly peers: readonly string[] | null;
  /** Packets with another one are dropped. */
  readonly authentication: string | null;
  /** With what its checks add or take away. */
  readonly priority: number;
  readonly role: 'fault' | 'backup' | 'master';
  /** Whether its packets get to the address. */
  reaches(address: string): boolean;
  /** Another one has changed its role or priority, or is gone. @param saidSo it took its leave by priority 0. */
  heard(saidSo: boolean): void;
}

export class VrrpSegments {
  private readonly speakers = new Set<VrrpSpeaker>();

  join(speaker: VrrpSpeaker): void {
    this.speakers.add(speaker);
    this.changed(speaker, false);
  }

  /** @param saidSo false when its power has gone: the others find out by its silence. */
  leave(speaker: VrrpSpeaker, saidSo: boolean): void {
    if (!this.speakers.delete(speaker)) return;
    this.changed(speaker, saidSo);
  }

  changed(speaker: VrrpSpeaker, saidSo: boolean): void {
    for (const other of this.speakers)
      if (other !== speaker && other.virtualRouterId === speaker.virtualRouterId) other.heard(saidSo);
  }

  /** Those whose packets the speaker gets and takes. */
  heardBy(speaker: VrrpSpeaker): VrrpSpeaker[] {
    return [...this.speakers].filter((other) => other !== speaker && hears(speaker, other));
  }
}

function hears(speaker: VrrpSpeaker, other: VrrpSpeaker): boolean {
  if (other.virtualRouterId !== speaker.virtualRouterId || other.authentication !== speaker.authentication)
    return false;
  if (other.peers === null) return speaker.peers === null && other.segment === speaker.segment;
  return other.peers.includes(speaker.address) && other.reaches(speaker.address);
}
