/** The calls for high availability. All but the first two need `Sys.Console` on `/`. */
import type { Proxmox } from 'proxmox-api';
import type { HaRuleRecord, HaStatusRecord } from './ha-records.js';

type Call = <T>(
  signal: AbortSignal | undefined,
  request: (api: Proxmox.Api) => Promise<unknown>,
) => Promise<T>;

/** The library's types are of a time before rules. */
interface RulesApi {
  $get(filter?: { readonly resource: string }): Promise<unknown>;
  $(rule: string): {
    $put(change: Readonly<Record<string, string>>): Promise<unknown>;
    $delete(): Promise<unknown>;
  };
}

export function haCalls(call: Call) {
  const resource = (api: Proxmox.Api, vmid: number) => api.cluster.ha.resources.$(`vm:${vmid}`);
  const rules = (api: Proxmox.Api): RulesApi => (api.cluster.ha as unknown as { rules: RulesApi }).rules;
  return {
    /** What the manager made of what it was asked for. Needs Sys.Audit on /. */
    haStatus: (signal?: AbortSignal) =>
      call<HaStatusRecord[]>(signal, (api) => api.cluster.ha.status.current.$get()),

    /** Those that name the VM. Needs Sys.Audit on /. */
    haRules: (vmid: number, signal?: AbortSignal) =>
      call<HaRuleRecord[]>(signal, (api) => rules(api).$get({ resource: `vm:${vmid}` })),

    /** All there are. Needs Sys.Audit on /. */
    allHaRules: (signal?: AbortSignal) => call<HaRuleRecord[]>(signal, (api) => rules(api).$get()),

    /** Is a request: the manager carries it out later. */
    setHaState: (vmid: number, state: 'started' | 'stopped', signal?: AbortSignal) =>
      call<null>(signal, (api) => resource(api, vmid).$put({ state })),

    removeHaResource: (vmid: number, signal?: AbortSignal) =>
      call<null>(signal, (api) => resource(api, vmid).$delete()),

    /** The rule is for these resources from now on. */
    setHaRuleResources: (
      { rule, type, digest }: HaRuleRecord,
      resources: readonly string[],
      signal?: AbortSignal,
    ) => {
      const change = { type, resources: resources.join(','), ...(digest === undefined ? {} : { digest }) };
      return call<null>(signal, (api) => rules(api).$(rule).$put(change));
    },

    removeHaRule: (rule: string, signal?: AbortSignal) =>
      call<null>(signal, (api) => rules(api).$(rule).$delete()),
  };
}
