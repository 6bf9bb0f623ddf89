/** Why the boot service does not answer with what was asked for; the caller is told nothing of it. */

export class BootRefusal extends Error {
  readonly status: number;
  /** Whose it is, as far as that is known. */
  readonly machine: string | null;

  /** @param reason for the log. */
  constructor(status: number, reason: string, machine: string | null = null) {
    super(reason);
    this.name = 'BootRefusal';
    this.status = status;
    this.machine = machine;
  }
}

/** The same answer for what never was, is over and is somebody else's. */
export function notThere(reason: string, machine: string | null = null): BootRefusal {
  return new BootRefusal(404, reason, machine);
}
