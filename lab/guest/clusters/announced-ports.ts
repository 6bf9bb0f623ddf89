/** Who answers behind which addresses and ports of the lab's network. */
import type { Traced } from '../system.js';

export class AnnouncedPorts<T> {
  private readonly byEndpoint = new Map<string, T>();

  /** It answers at these addresses until the returned function is called. */
  announce(addresses: readonly string[], port: number, serving: T): () => void {
    const endpoints = addresses.map((address) => `${address}:${port}`);
    for (const each of endpoints) this.byEndpoint.set(each, serving);
    return () => {
      for (const each of endpoints) if (this.byEndpoint.get(each) === serving) this.byEndpoint.delete(each);
    };
  }

  /** Who is at the end of a connection; `undefined`: nobody that was announced. */
  behind(traced: Traced): T | undefined {
    if (traced.kind !== 'answered') return undefined;
    return this.byEndpoint.get(`${traced.by.address}:${traced.by.port}`);
  }
}
