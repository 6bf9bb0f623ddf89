/** The one script that reads everything that is looked at on a machine. It changes nothing, and prints no secret. */
import { quote } from '../../ssh/root-shell.js';
import type { ControlPlanePlaces } from './certificate-places.js';

export interface ScriptOptions {
  readonly places: ControlPlanePlaces;
  /** Names that are looked up. */
  readonly names: readonly string[];
}

/** Stands before each section, with its name. No program that is run prints such a line. */
export const SECTION = '@@clusterwright ';

/** Of an API server's configuration only the names of providers are read: keys never leave the machine. */
const PROVIDERS = 'aescbc|aesgcm|secretbox|kms|identity';

/** A section that could not be read is left out. */
export function observeScript({ places, names }: ScriptOptions): string {
  const { certificates, kubeconfigs, encryption, etcd } = places;
  return [
    // A program that is missing costs its own section only.
    'set +e',
    'LC_ALL=C; export LC_ALL',
    section('ntp', 'timedatectl show | grep "^NTPSynchronized="'),
    section('disks', `df -P -k -l ${MEMORY_SYSTEMS}`),
    section('inodes', `df -P -i -l ${MEMORY_SYSTEMS}`),
    section('links', 'ip -o link show'),
    section('addresses', 'ip -o -4 addr show'),
    section('routes', 'ip -4 route show'),
    section('swaps', 'cat /proc/swaps'),
    section('failed', 'systemctl list-units --all --plain --no-legend --state=failed'),
    section('ports', 'ss -Hltn'),
    section('memory', 'cat /proc/meminfo'),
    section('load', 'cat /proc/loadavg'),
    section('processors', 'grep -c "^processor" /proc/cpuinfo'),
    section('stat', 'head -n 1 /proc/stat'),
    ...['cpu', 'io', 'memory'].map((what) => section(`pressure-${what}`, `cat /proc/pressure/${what}`)),
    section(
      'throttled',
      'cat /sys/fs/cgroup/kubepods.slice/cpu.stat || cat /sys/fs/cgroup/kubepods/cpu.stat',
    ),
    ...(names.length === 0 ? [] : [section('names', names.map(lookUp).join('; '))]),
    certificatesSection({ certificates, kubeconfigs }),
    ...(encryption === null ? [] : [section('encryption', firstProvider(encryption))]),
    ...(etcd === null
      ? []
      : [
          section('etcd-health', `${curl(etcd)}/health`),
          section('etcd-metrics', `${curl(etcd)}/metrics | grep -E ${quote(METRICS)}`),
        ]),
    'exit 0',
  ].join('\n');
}

/** The section `certificates` alone, which is part of the whole script. */
export function certificatesSection({
  certificates,
  kubeconfigs,
}: Pick<ControlPlanePlaces, 'certificates' | 'kubeconfigs'>): string {
  const files = [...certificates.map(pemFiles), ...kubeconfigs.map(kubeconfigFiles)];
  return section('certificates', files.join('\n') || ':');
}

/** Of `df`: what is not on a disk, or shows another file system once more. */
const MEMORY_SYSTEMS = ['tmpfs', 'devtmpfs', 'overlay', 'squashfs', 'iso9660', 'efivarfs']
  .map((type) => `-x ${type}`)
  .join(' ');

export const METRICS =
  '^etcd_(disk_wal_fsync_duration_seconds_(bucket|count)|server_has_leader|mvcc_db_total_size_in_bytes|server_quota_backend_bytes)';

/** Printed only when the command succeeds, so that a program that is missing is not taken for an empty answer. */
function section(name: string, command: string): string {
  return `if said=$({\n${command}\n} 2>/dev/null); then printf '%s\\n' ${quote(SECTION + name)} "$said"; fi`;
}

function lookUp(name: string): string {
  return `if getent ahostsv4 ${quote(name)} >/dev/null; then echo ${quote(`+ ${name}`)}; else echo ${quote(`- ${name}`)}; fi`;
}

/** @param glob is ours, and has to be expanded: it is not quoted. */
function pemFiles(glob: string): string {
  return `for file in ${glob}; do if test -r "$file"; then echo "file $file"; sed -n '/-BEGIN CERTIFICATE-/,/-END CERTIFICATE-/p' "$file"; fi; done`;
}

function kubeconfigFiles(glob: string): string {
  return `for file in ${glob}; do if test -r "$file"; then echo "file $file"; sed -n 's/^ *client-certificate-data: *//p' "$file" | base64 -d | sed -n '/-BEGIN CERTIFICATE-/,/-END CERTIFICATE-/p'; fi; done`;
}

function firstProvider(glob: string): string {
  return `found=none; for file in ${glob}; do if test -r "$file"; then found=$(grep -oE '(${PROVIDERS})"?:' "$file" | head -n 1 | tr -d '":'); fi; done; echo "\${found:-none}"`;
}

function curl({ authority, certificate, key }: NonNullable<ControlPlanePlaces['etcd']>): string {
  return `curl -sf --max-time 5 --cacert ${authority} --cert ${certificate} --key ${key} https://127.0.0.1:2379`;
}
