/** A configuration file of a service, changed so that the service goes on as before when the new one is no good. */
import type { GuestFile, GuestStep } from '../guest-step.js';
import { installPackages, isInstalled } from './debian-packages.js';
import { shellWord } from './shell-word.js';

export interface CheckedFile {
  /** Of the step: unique among those of a machine. */
  readonly id: string;
  readonly title: string;
  /** Debian packages that are installed when they are missing. */
  readonly packages: readonly string[];
  /** The systemd unit that reads the file, such as `haproxy`. */
  readonly unit: string;
  /** The file where the program reads it. */
  readonly file: GuestFile;
  /** Files that are written as they are, before anything else: scripts that the program runs. */
  readonly scripts: readonly GuestFile[];
  /**
   * What stands in the file while the package is installed for the first time, as Debian starts what it installs;
   * `null` leaves it to what the package brings.
   */
  readonly standIn: string | null;
  /** The program's own check. @param candidate path of the file, as a word of the shell. */
  readonly check: (candidate: string) => string;
  /** `reload` keeps connections; `restart` is for programs that read their file only when they start. */
  readonly change: 'reload' | 'restart';
  /** What must hold once the program runs with the file; beside them, the unit must be active. */
  readonly isServing: readonly Condition[];
}

export interface Condition {
  /** One command of the shell. */
  readonly test: string;
  /** Said when it fails. */
  readonly otherwise: string;
}

const TIMEOUT_SECONDS = 600;
/** A program that was told to reload takes its file a moment later. */
const ATTEMPTS = 10;
const LOCK_TIMEOUT_SECONDS = 300;
const LAST_LINES = 10;

/**
 * The new file is written beside the one that is in use, and takes its place only after the program's own check took
 * it. The one before it is kept, and comes back when the service does not serve with the new one. A note beside the file
 * says that it was not proved yet: what broke off is finished or taken back by the next run, and the file that was
 * proved last is never lost. A file that equals the one in use changes nothing.
 */
export function checkedFileStep(wanted: CheckedFile): GuestStep {
  const { id, title, packages, file, scripts } = wanted;
  return {
    id,
    title,
    files: [...scripts, { ...file, path: besideOf(file.path).wanted }],
    observe: [`if ! { ${isInstalled(packages)}; }; then exit 1; fi`, ...settled(wanted)].join('\n'),
    act: [
      ...oneAtATime(wanted.unit),
      ...installPackages(packages, standInLines(wanted)),
      ...functions(wanted),
      ...refuseUnchecked(wanted),
      `systemctl enable ${wanted.unit}`,
      ...REPLACE,
      ...prove(wanted),
    ].join('\n'),
    verify: settled(wanted).join('\n'),
    timeoutSeconds: TIMEOUT_SECONDS,
  };
}

/** Hidden, as programs that read a whole folder leave such files out. */
function besideOf(path: string): Readonly<Record<'wanted' | 'previous' | 'unproven' | 'fresh', string>> {
  const at = path.lastIndexOf('/') + 1;
  const named = (suffix: string): string => `${path.slice(0, at)}.${path.slice(at)}.${suffix}`;
  return {
    wanted: named('wanted'),
    previous: named('previous'),
    unproven: named('unproven'),
    fresh: named('fresh'),
  };
}

/** A run whose link died may still be at work when the next one begins. */
function oneAtATime(unit: string): string[] {
  return [
    'if command -v flock >/dev/null 2>&1; then',
    `  exec 9> /run/clusterwright-${unit}.lock`,
    `  flock -w ${LOCK_TIMEOUT_SECONDS} 9`,
    'fi',
  ];
}

function standInLines({ file, standIn }: CheckedFile): string[] {
  if (standIn === null) return [];
  const path = shellWord(file.path);
  const folder = shellWord(file.path.slice(0, file.path.lastIndexOf('/')));
  return [`mkdir -p ${folder}`, `if test ! -e ${path}; then printf '%s' ${shellWord(standIn)} > ${path}; fi`];
}

function functions({ file, unit, isServing }: CheckedFile): string[] {
  const beside = besideOf(file.path);
  const conditions = [
    { test: `systemctl is-active --quiet ${unit}`, otherwise: `${unit} does not run` },
    ...isServing,
  ];
  return [
    `running=${shellWord(file.path)}`,
    ...Object.entries(beside).map(([name, path]) => `${name}=${shellWord(path)}`),
    'is_same() { test -f "$running" && test "$(sha256sum < "$wanted")" = "$(sha256sum < "$running")"; }',
    'is_serving() {',
    ...conditions.map(
      ({ test, otherwise }) => `  { ${test}; } || { echo ${shellWord(otherwise)} >&2; return 1; }`,
    ),
    '}',
  ];
}

/** The file is in use, was proved, and the program still serves with it. */
function settled(wanted: CheckedFile): string[] {
  return [
    ...functions(wanted),
    'is_same || { echo "$running is not what it shall be" >&2; exit 1; }',
    'test ! -e "$unproven" || { echo "$running was not proved yet" >&2; exit 1; }',
    'is_serving',
  ];
}

function refuseUnchecked({ check }: CheckedFile): string[] {
  return [
    `if ! words=$(${check('"$wanted"')} 2>&1); then`,
    '  printf \'%s\\n\' "$words" >&2',
    '  echo "the new $running was refused, and nothing was changed" >&2',
    '  exit 1',
    'fi',
  ];
}

/** The note comes before the change, and after the copy: what is copied has always been proved. */
const REPLACE = [
  'if test ! -e "$unproven" && ! is_same; then',
  '  rm -f "$previous"',
  '  if test -e "$running"; then',
  '    cp -p "$running" "$fresh"',
  '    mv -f "$fresh" "$previous"',
  '  fi',
  '  printf \'\' > "$unproven"',
  'fi',
];

function prove({ file, unit, change }: CheckedFile): string[] {
  const reload = `if systemctl is-active --quiet ${unit}; then systemctl reload ${unit}; else systemctl restart ${unit}; fi`;
  return [
    'put() {',
    `  install -m ${file.mode} -o root -g root "$1" "$fresh" || return 1`,
    '  mv -f "$fresh" "$running"',
    '}',
    'change() {',
    // systemd refuses the sixth start within ten seconds unless it is told to forget.
    `  systemctl reset-failed ${unit} 2>/dev/null || true`,
    `  ${change === 'reload' ? reload : `systemctl restart ${unit}`}`,
    '}',
    'serves_soon() {',
    `  for attempt in ${Array.from({ length: ATTEMPTS }, (_, index) => index + 1).join(' ')}; do`,
    '    if words=$(is_serving 2>&1); then return 0; fi',
    '    sleep 1',
    '  done',
    '  return 1',
    '}',
    'roll_back() {',
    '  if test -e "$previous"; then',
    '    put "$previous" || return 1',
    '    change >/dev/null 2>&1 || true',
    '  else',
    '    rm -f "$running"',
    `    systemctl stop ${unit} || true`,
    '  fi',
    '  rm -f "$unproven"',
    '}',
    'if ! is_same; then put "$wanted"; fi',
    'if test -e "$unproven" || ! is_serving 2>/dev/null; then',
    '  if words=$(change 2>&1) && serves_soon; then',
    '    rm -f "$unproven"',
    '  else',
    `    journalctl -u ${unit} -n ${LAST_LINES} --no-pager >&2 || true`,
    '    printf \'%s\\n\' "$words" >&2',
    '    if test -e "$unproven"; then',
    '      roll_back',
    `      state=$(systemctl is-active ${unit} 2>/dev/null || true)`,
    `      echo "${unit} does not serve with the new $running; the one before it is back, and ${unit} is $state" >&2`,
    '    else',
    `      echo "${unit} does not serve any more, and a ${change} did not help" >&2`,
    '    fi',
    '    exit 1',
    '  fi',
    'fi',
  ];
}
