/** Debian's cloud-init, unpacked beside what it imports: nothing is installed on this machine. */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../lab/binaries/folders.js';

const run = promisify(execFile);

const PACKAGES = ['cloud-init', 'python3-jsonschema', 'python3-attr', 'python3-pyrsistent', 'python3-yaml'];
/** Of its further dependencies only what its network code imports. */
const IMPORTED = [
  'python3-requests',
  'python3-urllib3',
  'python3-idna',
  'python3-certifi',
  'python3-chardet',
];
const TEMPLATES = [
  'python3-configobj',
  'python3-six',
  'python3-jinja2',
  'python3-markupsafe',
  'python3-netifaces',
];

const UNPACK = String.raw`
set -eu
target=$1
shift
test ! -e "$target" || exit 0
work=$target.part
rm -rf "$work"
mkdir -p "$work/fetched" "$work/root"
cd "$work/fetched"
fetch() { apt-get download -q -o APT::Sandbox::User=root "$@"; }
# Lists that are older than the archive name files that are gone.
fetch "$@" || { apt-get update -q; fetch "$@"; }
for package in *.deb; do dpkg-deb -x "$package" "$work/root"; done
mv "$work/root" "$target"
rm -rf "$work"
`;

const LIBRARIES = 'usr/lib/python3/dist-packages';

/** For each set of documents: what cloud-init objects to, or else how it understood the network. */
const CHECK = String.raw`
import json, sys
import jsonschema, yaml
from cloudinit.net.network_state import parse_net_config_data

with open(sys.argv[1]) as file:
    validator = jsonschema.Draft4Validator(json.load(file))

def check(documents):
    config = yaml.safe_load(documents["userData"])
    problems = ["/%s: %s" % ("/".join(map(str, e.path)), e.message) for e in validator.iter_errors(config)]
    meta = yaml.safe_load(documents["metaData"])
    state = parse_net_config_data(yaml.safe_load(documents["networkConfig"]), skip_broken=False)
    interfaces = []
    for interface in state.iter_interfaces():
        static = ["%s/%s" % (s["address"], s["prefix"]) for s in interface["subnets"] if s["type"].startswith("static")]
        interfaces.append({"mac": interface.get("mac_address"), "name": interface["name"], "addresses": static})
    return {"problems": problems, "userData": config, "metaData": meta, "interfaces": interfaces}

json.dump([check(documents) for documents in json.load(sys.stdin)], sys.stdout)
`;

export interface Understood {
  /** What does not fit the schema of cloud-init's own package. */
  readonly problems: readonly string[];
  /** As its YAML library reads it. */
  readonly userData: Readonly<Record<string, unknown>>;
  readonly metaData: Readonly<Record<string, unknown>>;
  readonly interfaces: readonly {
    readonly mac: string | null;
    readonly name: string;
    readonly addresses: readonly string[];
  }[];
}

export interface Documents {
  readonly userData: string;
  readonly metaData: string;
  readonly networkConfig: string;
}

/** @returns what has to be there to ask cloud-init. */
export async function cloudInitPackage(): Promise<(documents: readonly Documents[]) => Understood[]> {
  const packages = [...PACKAGES, ...IMPORTED, ...TEMPLATES];
  const key = createHash('sha256').update(UNPACK).update(packages.join()).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), 'debian');
  const root = join(folder, `cloud-init-${key}`);
  if (!existsSync(root)) {
    await mkdir(folder, { recursive: true });
    // Checkouts share the cache.
    await run('flock', [`${root}.lock`, 'sh', '-c', UNPACK, 'sh', root, ...packages], {
      maxBuffer: 16 * 1024 * 1024,
    });
  }
  const libraries = join(root, LIBRARIES);
  const schema = join(libraries, 'cloudinit/config/schemas/schema-cloud-config-v1.json');
  return (documents) => {
    const output = execFileSync('/usr/bin/python3', ['-s', '-c', CHECK, schema], {
      input: JSON.stringify(documents),
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      env: { PYTHONPATH: libraries, PYTHONIOENCODING: 'utf-8', PATH: process.env['PATH'] ?? '' },
    });
    return JSON.parse(output) as Understood[];
  };
}
