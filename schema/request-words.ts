/** Rules judge definitions whose defaults are filled in; requests may say some of it in other words. */
import type { Fault } from '../domain/errors.js';
import type { DefinitionInput } from './definition/shape.js';
import type { Known } from './known.js';

/** How a request that has no `publicSide` calls its fields. */
const PUBLIC_FIELDS: Readonly<Record<string, string>> = {
  bridge: 'publicInterface',
  vlan: 'publicInterface',
  cidr: 'publicCidr',
  ipRange: 'publicIpRange',
  gateway: 'publicGateway',
  address: 'publicAddress',
};

/** The rules of interfaces call it by the name that it has in node groups. */
const FIELD_OF: Readonly<Record<string, string>> = { privateVLAN: 'vlan' };

const PUBLIC_SIDE =
  /^(?<configuration>\/services\/(?<index>\d+)\/configuration)\/publicSide(?:\/(?<field>\w+))?$/;

/** The fault with a pointer to what the request has, or would have, in that place. */
export function inWordsOfRequest(fault: Fault, request: Known<DefinitionInput>): Fault {
  const { configuration, index, field } = PUBLIC_SIDE.exec(fault.pointer)?.groups ?? {};
  if (configuration === undefined) return fault;
  const service = request?.services?.[Number(index)];
  const isResolved =
    service?.type === 'LOAD_BALANCER' &&
    service.configuration !== undefined &&
    Object.hasOwn(service.configuration, 'publicSide');
  if (field === undefined) return isResolved ? fault : { ...fault, pointer: `${configuration}/dualHomed` };
  const name = FIELD_OF[field] ?? field;
  const words = isResolved ? `publicSide/${name}` : PUBLIC_FIELDS[name];
  return words === undefined ? fault : { ...fault, pointer: `${configuration}/${words}` };
}
