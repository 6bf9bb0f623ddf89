/** Looks at the machines' network, from where machines are reached. */
import { withHeartbeats } from '../ssh/heartbeat.js';
import { probeAddresses, type ProbeOptions } from './probe-addresses.js';
import type { InUse } from './probe-result.js';

export type NetworkActivities = ReturnType<typeof createNetworkActivities>;

export function createNetworkActivities(options: ProbeOptions) {
  return {
    /**
     * Those of the addresses on which somebody answers. Ask only for addresses that no machine of ours answers on yet.
     * Silence proves little: a machine that is switched off is silent, too.
     * @throws `MACHINE_PROXY_UNREACHABLE`
     */
    probeAddresses: ({
      addresses,
    }: {
      readonly addresses: readonly string[];
    }): Promise<{ readonly inUse: readonly InUse[] }> =>
      withHeartbeats(async (pulse) => {
        const done = (looked: number, of: number): void => {
          if (looked % 50 === 0) pulse.say(`looked at ${looked} of ${of} addresses`);
        };
        return { inUse: await probeAddresses(addresses, options, { signal: pulse.signal, done }) };
      }),
  };
}
