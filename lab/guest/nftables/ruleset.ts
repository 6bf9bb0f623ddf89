/** nftables as far as routers are set up with it: tables of chains of rules, of which those that masquerade have an effect. */
import { isIn } from '../networking/subnet.js';
import type { ForwardedPacket } from '../networking/topology.js';

/** Tables by family and name, such as `ip nat`; in each, chains by name with their lines. */
export type Tables = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** The words of nft(8) for what it does not take. */
export class RulesetError extends Error {}

const FAMILIES = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'];
const DEFAULT_FAMILY = 'ip';

/**
 * A file is one transaction: all of it or nothing.
 * @returns the tables as they are after the statements of `text`. @throws RulesetError
 */
export function applyStatements(before: Tables, text: string): Tables {
  const tables = new Map([...before].map(([name, chains]) => [name, new Map(chains)]));
  const words = new Words(text);
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === ';') continue;
    switch (word) {
      case 'flush':
        words.expect('ruleset');
        tables.clear();
        break;
      case 'delete':
      case 'destroy': {
        words.expect('table');
        const name = tableName(words);
        if (!tables.delete(name) && word === 'delete')
          throw new RulesetError('Could not process rule: No such file or directory');
        break;
      }
      case 'add':
      case 'create':
        words.expect('table');
        readTable(tables, words);
        break;
      case 'table':
        readTable(tables, words);
        break;
      default:
        throw new RulesetError(`syntax error, unexpected ${word}`);
    }
  }
  return tables;
}

/** As `nft list` prints them. */
export function printTables(tables: Tables, only?: string): string {
  const shown = [...tables].filter(([name]) => only === undefined || name === only);
  const chain = ([name, lines]: [string, readonly string[]]): string =>
    `\tchain ${name} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`;
  return shown.map(([name, chains]) => `table ${name} {\n${[...chains].map(chain).join('\n')}}\n`).join('');
}

/** Whether a rule of a chain behind routing puts the router's own address into the packet. */
export function masquerades(tables: Tables, packet: ForwardedPacket): boolean {
  const chains = [...tables.values()].flatMap((table) => [...table.values()]);
  const behindRouting = chains.filter((lines) =>
    lines.some((line) => /^type nat hook postrouting\b/.test(line)),
  );
  return behindRouting.some((lines) =>
    lines.some((line) => /(?:^|\s)masquerade\b/.test(line) && fits(line, packet)),
  );
}

function fits(rule: string, { source, destination, outgoing }: ForwardedPacket): boolean {
  const conditions = rule.matchAll(/\b(saddr|daddr|oifname|oif)\s+(!=\s*)?(\{[^}]*\}|\S+)/g);
  return [...conditions].every(([, what, not, values = '']) => {
    const list = values
      .replaceAll(/[{}"]/g, ' ')
      .split(/[\s,]+/)
      .filter((value) => value !== '');
    const isMet = list.some((value) => {
      if (what === 'oifname' || what === 'oif') return value === outgoing;
      const address = what === 'saddr' ? source : destination;
      return address !== null && isIn(address, value.includes('/') ? value : `${value}/32`);
    });
    return isMet === (not === undefined);
  });
}

function readTable(tables: Map<string, Map<string, readonly string[]>>, words: Words): void {
  const name = tableName(words);
  const chains = tables.get(name) ?? new Map<string, readonly string[]>();
  tables.set(name, chains);
  if (words.peek() !== '{') return;
  words.expect('{');
  for (let word = words.next(); word !== '}'; word = words.next()) {
    if (word === ';') continue;
    if (word !== 'chain') throw new RulesetError(`syntax error, unexpected ${word ?? 'end of file'}`);
    const chain = words.name();
    words.expect('{');
    chains.set(chain, [...(chains.get(chain) ?? []), ...readRules(words)]);
  }
}

/** Up to the brace that closes the chain; braces within a rule are a set. */
function readRules(words: Words): string[] {
  const rules: string[] = [];
  let rule: string[] = [];
  let depth = 0;
  const end = (): void => {
    if (rule.length > 0) rules.push(rule.join(' '));
    rule = [];
  };
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === '}' && depth === 0) {
      end();
      return joinPolicies(rules);
    }
    if (word === '{') depth += 1;
    if (word === '}') depth -= 1;
    if (word === ';') end();
    else rule.push(word);
  }
  throw new RulesetError('syntax error, unexpected end of file');
}

/** `type … ; policy … ;` is one line. */
function joinPolicies(rules: readonly string[]): string[] {
  const [first = '', second = '', ...rest] = rules;
  if (!first.startsWith('type ')) return [...rules];
  return second.startsWith('policy ') ? [`${first}; ${second};`, ...rest] : [`${first};`, ...rules.slice(1)];
}

function tableName(words: Words): string {
  const first = words.name();
  return FAMILIES.includes(first) ? `${first} ${words.name()}` : `${DEFAULT_FAMILY} ${first}`;
}

/** Words, braces, and `;` for the end of a line. */
class Words {
  private readonly words: string[];

  constructor(text: string) {
    const lines = text.split('\n').map((line) => line.replace(/#.*$/, ''));
    this.words = lines.flatMap((line) => [...(line.match(/[{};]|"[^"]*"|[^\s{};]+/g) ?? []), ';']);
  }

  next(): string | undefined {
    return this.words.shift();
  }

  peek(): string | undefined {
    return this.words[0];
  }

  expect(word: string): void {
    const next = this.next();
    if (next !== word)
      throw new RulesetError(`syntax error, unexpected ${next ?? 'end of file'}, expecting ${word}`);
  }

  name(): string {
    const next = this.next();
    if (next === undefined || /^[{};]$/.test(next))
      throw new RulesetError('syntax error, unexpected newline');
    return next;
  }
}
