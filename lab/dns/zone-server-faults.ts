/** What can be wrong with a DNS server, and with the way to it. */

export interface ZoneServerFaults {
  /** So many of the next updates are carried out, and nobody is told. */
  swallowedUpdates: number;
  /** So many of the next questions of any kind do not arrive. */
  lostQuestions: number;
  /** Answers over UDP that are longer are shortened. */
  longestDatagram: number;
  /** How far its clock goes ahead. */
  clockSeconds: number;
  /** Instead of what it would answer otherwise. */
  rcode: number | null;
  /** What it answers to updates, without looking at them. */
  updateRcode: number | null;
  /** Whether it answers as the zone's own server. */
  isAuthoritative: boolean;
  /** What it sends in place of an answer: several messages, or none. */
  tamper: (answer: Buffer) => readonly Buffer[];
  /** Called before each update is looked at. */
  beforeUpdate: () => void;
}

export function noFaults(): ZoneServerFaults {
  return {
    swallowedUpdates: 0,
    lostQuestions: 0,
    longestDatagram: 512,
    clockSeconds: 0,
    rcode: null,
    updateRcode: null,
    isAuthoritative: true,
    tamper: (answer) => [answer],
    beforeUpdate: () => undefined,
  };
}
