/** The journal of one boot. */

export interface JournalEntry {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly unit: string | null;
  readonly identifier: string;
  readonly message: string;
}

const MOST_ENTRIES = 10_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export class Journal {
  private readonly kept: JournalEntry[] = [];

  write(unit: string | null, identifier: string, message: string): void {
    for (const line of message.split('\n'))
      this.kept.push({ time: Date.now(), unit, identifier, message: line });
    if (this.kept.length > MOST_ENTRIES) this.kept.splice(0, this.kept.length - MOST_ENTRIES);
  }

  /** Oldest first. */
  entries(unit?: string): readonly JournalEntry[] {
    return unit === undefined ? [...this.kept] : this.kept.filter((entry) => entry.unit === unit);
  }
}

/** As `journalctl` prints it: `Nov 21 07:40:00 edge-1 k3s[812]: message`. */
export function formatEntry({ time, identifier, message }: JournalEntry, host: string): string {
  const at = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':');
  return `${MONTHS[at.getUTCMonth()]} ${two(at.getUTCDate())} ${clock} ${host} ${identifier}: ${message}`;
}
