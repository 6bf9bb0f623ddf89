/** Takes the output of the script apart. */
import type { GuestFact, FileSystemFact } from '../../../domain/validation/facts/guest.js';
import { etcdFact } from './read-etcd.js';
import { SECTION } from './script.js';

export type Sections = ReadonlyMap<string, readonly string[]>;

/** Lines of each section that was printed, without empty ones. */
export function sectionsOf(output: string): Sections {
  const sections = new Map<string, string[]>();
  let lines: string[] | undefined;
  for (const line of output.split('\n')) {
    if (line.startsWith(SECTION)) {
      lines = [];
      sections.set(line.slice(SECTION.length).trim(), lines);
    } else if (line.trim() !== '') lines?.push(line.trimEnd());
  }
  return sections;
}

/** All but what needs more than the text: time and certificates. */
export function guestFact(
  sections: Sections,
  address: string,
): Omit<GuestFact, 'clockOffsetMs' | 'certificates'> {
  return {
    clockSynchronised: flagOf(sections.get('ntp')),
    fileSystems: fileSystems(sections.get('disks')),
    inodes: fileSystems(sections.get('inodes')),
    mtu: mtuOf(sections, address),
    hasDefaultRoute: sections.get('routes')?.some((line) => line.startsWith('default ')) ?? null,
    swaps: sections.get('swaps')?.slice(1).map(firstWord) ?? null,
    failedUnits: failedUnits(sections.get('failed')),
    names: namesOf(sections.get('names')),
    listening: sections.get('ports')?.flatMap((line) => line.split(/\s+/)[3] ?? []) ?? null,
    memoryAvailableShare: memoryShare(sections.get('memory')),
    loadPerCore: loadOf(sections),
    pressure: pressureOf(sections),
    stealShare: stealOf(sections.get('stat')?.[0]),
    throttledShare: throttledOf(sections.get('throttled')),
    secretsEncryption: sections.get('encryption')?.[0] ?? null,
    etcd: etcdFact(sections),
  };
}

type Lines = readonly string[] | undefined;

function firstWord(line: string): string {
  return line.trim().split(/\s+/)[0] ?? '';
}

function flagOf(lines: Lines): boolean | null {
  const value = /=(yes|no)$/.exec(lines?.[0] ?? '')?.[1];
  return value === undefined ? null : value === 'yes';
}

/** `df -P`: device, total, used, available, share, path. A file system without inodes of its own shows `-`. */
function fileSystems(lines: Lines): FileSystemFact[] | null {
  if (lines === undefined) return null;
  return lines.slice(1).flatMap((line) => {
    const [, , used, available, , ...path] = line.trim().split(/\s+/);
    const [inUse, free] = [Number(used), Number(available)];
    const all = inUse + free;
    return all > 0 ? [{ path: path.join(' '), usedShare: inUse / all }] : [];
  });
}

function mtuOf(sections: Sections, address: string): number | null {
  const line = sections
    .get('addresses')
    ?.find((each) => new RegExp(`\\sinet ${escaped(address)}/`).test(each));
  const name = /^\d+:\s+([^\s:@]+)/.exec(line ?? '')?.[1];
  if (name === undefined) return null;
  const link = sections.get('links')?.find((each) => new RegExp(`^\\d+:\\s+${escaped(name)}[:@]`).test(each));
  const mtu = /\smtu (\d+)/.exec(link ?? '')?.[1];
  return mtu === undefined ? null : Number(mtu);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Those of which systemd says it, whatever else is listed. */
function failedUnits(lines: Lines): string[] | null {
  return (
    lines
      ?.filter((line) => line.split(/\s+/).includes('failed'))
      .map((line) => firstWord(line.replace('●', ''))) ?? null
  );
}

function namesOf(lines: Lines): GuestFact['names'] {
  if (lines === undefined) return null;
  const named = (mark: string): string[] =>
    lines.filter((line) => line.startsWith(`${mark} `)).map((line) => line.slice(2));
  return { asked: [...named('+'), ...named('-')], unresolved: named('-') };
}

function memoryShare(lines: Lines): number | null {
  const valueOf = (key: string): number | undefined => {
    const line = lines?.find((each) => each.startsWith(`${key}:`));
    return line === undefined ? undefined : Number(/(\d+)/.exec(line)?.[1]);
  };
  const [total, available] = [valueOf('MemTotal'), valueOf('MemAvailable')];
  return total === undefined || available === undefined || total === 0 ? null : available / total;
}

/** Over the last five minutes. */
function loadOf(sections: Sections): number | null {
  const load = Number(sections.get('load')?.[0]?.split(/\s+/)[1] ?? Number.NaN);
  const processors = Number(sections.get('processors')?.[0] ?? Number.NaN);
  return Number.isFinite(load) && processors > 0 ? load / processors : null;
}

/** https://docs.kernel.org/accounting/psi.html */
function pressureOf(sections: Sections): GuestFact['pressure'] {
  const share = (what: string): number | null => {
    const text = /^some .*\bavg60=([\d.]+)/.exec(sections.get(`pressure-${what}`)?.[0] ?? '')?.[1];
    return text === undefined ? null : Number(text) / 100;
  };
  const [cpu, io, memory] = [share('cpu'), share('io'), share('memory')];
  return cpu === null || io === null || memory === null ? null : { cpu, io, memory };
}

/** proc(5): user, nice, system, idle, iowait, irq, softirq, steal; what follows is contained in the first two. */
function stealOf(line: string | undefined): number | null {
  const times = (line ?? '').split(/\s+/).slice(1, 9).map(Number);
  const total = times.reduce((sum, time) => sum + time, 0);
  return times.length === 8 && total > 0 ? (times[7] ?? 0) / total : null;
}

function throttledOf(lines: Lines): number | null {
  const valueOf = (key: string): number | null => {
    const line = lines?.find((each) => each.startsWith(`${key} `));
    return line === undefined ? null : Number(line.split(' ')[1]);
  };
  const [periods, throttled] = [valueOf('nr_periods'), valueOf('nr_throttled')];
  if (periods === null || throttled === null) return null;
  return periods === 0 ? 0 : throttled / periods;
}
