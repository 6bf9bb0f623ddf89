/** One thing to be made true on a machine, as data: how to see it, how to bring it about, how to be sure. */

export interface GuestStep {
  /** Unique among the steps of a machine. */
  readonly id: string;
  /** Name of the machine that it is run on, where that is another one: a member of the cluster that lets this one in. */
  readonly on?: string;
  readonly title: string;
  /** Neither it nor the step that follows needs the other: both are done at once. */
  readonly besideNext?: true;
  /** Written before `act`, each only when it differs; a written file makes `act` run. */
  readonly files: readonly GuestFile[];
  /** Shell script. Exit 0 means that the effect is already there; `null` always acts. */
  readonly observe: string | null;
  /** Shell script, run as root. */
  readonly act: string | null;
  /** Shell script that must exit 0 in the end; tried again until `timeoutSeconds` have passed. */
  readonly verify: string;
  readonly timeoutSeconds: number;
}

export interface GuestFile {
  readonly path: string;
  /** Octal, such as `0600`. Files belong to root. */
  readonly mode: string;
  /** May hold `{{secret:join-token}}`, which is filled in just before it is written. */
  readonly content: string;
}
