/** What one look at one address tells. */

export type ProbeResult =
  /** Somebody has the address; the evidence says how that shows. */
  | { readonly kind: 'answered'; readonly evidence: string }
  /** So has who refuses. */
  | { readonly kind: 'refused'; readonly evidence: string }
  /** A connection was opened and nothing was said: proof only where failures are told, too. */
  | { readonly kind: 'connected'; readonly evidence: string }
  /** The network says that nobody has it. */
  | { readonly kind: 'absent' }
  /** No answer in time. */
  | { readonly kind: 'silent' };

export interface InUse {
  readonly address: string;
  readonly evidence: string;
}

/** Looks at one port. @throws when it cannot look at all. */
export type ProbePort = (address: string, port: number, signal: AbortSignal) => Promise<ProbeResult>;
