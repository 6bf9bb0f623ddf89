/** Grammars that need no arithmetic on addresses, so that workflows can hold texts against them too. */
import { fail } from '../errors.js';

/** Some programs read `*` in an interface's name as a pattern and `:` as an alias; Linux allows 15 characters. */
const INTERFACE = /^[A-Za-z][A-Za-z0-9_.-]{0,14}$/;
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|(?=.*:.*:)[0-9a-f:.]+)$/;

/** @throws `INVALID_REQUEST` saying that `what` must be `how`. */
export function expect(isRight: boolean, what: string, how: string): void {
  if (!isRight) throw fail('INVALID_REQUEST', `${what} must be ${how}`);
}

/** @throws `INVALID_REQUEST` for what could not stand in a script. */
export function expectInterfaceName(device: string): void {
  expect(INTERFACE.test(device), `"${device}"`, 'the name of an interface');
}

/** An address as the plan writes it, in canonical text. @throws `INVALID_REQUEST` for what cannot be one. */
export function expectPlannedAddress(text: string, whose: string): void {
  expect(ADDRESS.test(text), `the address "${text}" of ${whose}`, 'an IP address');
}
