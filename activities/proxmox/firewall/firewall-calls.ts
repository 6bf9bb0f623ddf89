/** The calls for the firewall of Proxmox VE. Changes take effect with the answer: no task is begun. */
import type { Proxmox } from 'proxmox-api';
import type { VmAddress } from '../client.js';
import type { FirewallOptions, FirewallRuleRecord } from './firewall-records.js';

type Call = <T>(
  signal: AbortSignal | undefined,
  request: (api: Proxmox.Api) => Promise<unknown>,
) => Promise<T>;
type VmApi = ReturnType<ReturnType<Proxmox.Api['nodes']['$']>['qemu']['$']>;

/** What is to be written, by name, as Proxmox VE takes it. */
export type FirewallChange = Readonly<Record<string, string | number>>;

/** @param qemu the part of the API for one VM. */
export function firewallCalls(call: Call, qemu: (api: Proxmox.Api, vm: VmAddress) => VmApi) {
  return {
    /** The switch of the whole datacenter. Needs Sys.Audit on /. */
    datacenterFirewall: (signal?: AbortSignal) =>
      call<FirewallOptions>(signal, (api) => api.cluster.firewall.options.$get()),

    vmFirewallOptions: (vm: VmAddress, signal?: AbortSignal) =>
      call<FirewallOptions>(signal, (api) => qemu(api, vm).firewall.options.$get()),

    /** A `digest` among them makes it a compare-and-set. */
    setVmFirewallOptions: (vm: VmAddress, change: FirewallChange, signal?: AbortSignal) =>
      call<null>(signal, (api) => qemu(api, vm).firewall.options.$put({ ...change })),

    /** In the order in which they are looked at. */
    vmFirewallRules: (vm: VmAddress, signal?: AbortSignal) =>
      call<FirewallRuleRecord[]>(signal, (api) => qemu(api, vm).firewall.rules.$get()),

    /** Becomes the first one. */
    addVmFirewallRule: (
      vm: VmAddress,
      rule: FirewallChange & { readonly type: 'in' | 'out'; readonly action: string },
      signal?: AbortSignal,
    ) => call<null>(signal, (api) => qemu(api, vm).firewall.rules.$post({ ...rule })),

    /** @param digest of the rules that were looked at. */
    removeVmFirewallRule: (vm: VmAddress, position: number, digest: string, signal?: AbortSignal) =>
      call<null>(signal, (api) => qemu(api, vm).firewall.rules.$(String(position)).$delete({ digest })),
  };
}
