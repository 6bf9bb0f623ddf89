/**
 * What is done on the machine that OKD is installed from: the tools are fetched, and the install programme makes Ignition
 * files and credentials (https://docs.okd.io/latest/installing/installing_bare_metal/upi/installing-bare-metal.html).
 */
import type { GuestStep } from '../../domain/guest-step.js';
import type { PlatformCluster } from '../platform.js';
import { installConfig, mastersSchedulable } from './install-config.js';
import { IGNITION_FILES, installPaths } from './install-files.js';
import { okdConfig } from './okd-config.js';

type Definition = Pick<PlatformCluster, 'definition'>;

const BIN = '/usr/local/bin';
const TOOLS_TIMEOUT_SECONDS = 1_500;
const INSTALL_TIMEOUT_SECONDS = 600;
const SCHEDULER_MANIFEST = 'manifests/cluster-scheduler-02-config.yml';

/** In this order, and before any machine boots. */
export function installHostSteps(cluster: Definition): readonly GuestStep[] {
  return [toolsStep(cluster), ignitionStep(cluster)];
}

/** `openshift-install` and `oc` of the cluster's own version, held against the checksums beside them. */
function toolsStep({ definition }: Definition): GuestStep {
  const { version } = definition;
  const folder = okdConfig(definition).toolsUrl.replace(/\/$/, '');
  const archives = [`openshift-install-linux-${version}.tar.gz`, `openshift-client-linux-${version}.tar.gz`];
  const isInstalled =
    `${BIN}/openshift-install version 2>/dev/null | grep -qE '(^|/)openshift-install ${version.replaceAll('.', String.raw`\.`)}$'` +
    ` && ${BIN}/oc version --client 2>/dev/null | grep -qxF 'Client Version: ${version}'`;
  return {
    id: 'okd-tools',
    title: `Install openshift-install and oc ${version}`,
    files: [],
    observe: isInstalled,
    act: [
      'work=$(mktemp -d)',
      'cd "$work"',
      `curl -sSfL -o sha256sum.txt '${folder}/sha256sum.txt'`,
      `for archive in ${archives.join(' ')}; do`,
      `  curl -sSfL -o "$archive" "${folder}/$archive"`,
      '  grep -F "$archive" sha256sum.txt > expected',
      '  sha256sum -c expected >&2',
      '  tar -xzf "$archive"',
      'done',
      `install -m 0755 -o root -g root openshift-install ${BIN}/openshift-install`,
      `install -m 0755 -o root -g root oc ${BIN}/oc`,
      'cd /',
      'rm -rf "$work"',
    ].join('\n'),
    verify: isInstalled,
    timeoutSeconds: TOOLS_TIMEOUT_SECONDS,
  };
}

/**
 * Made once, and from one configuration: machines that have booted from the files could not come to a cluster that is
 * made of others.
 */
function ignitionStep({ definition }: Definition): GuestStep {
  const { config, record } = installPaths(definition.name);
  return {
    id: 'okd-ignition',
    title: 'Make Ignition files and credentials',
    files: [{ path: config, mode: '0600', content: installConfig({ definition }) }],
    observe: isMade(definition.name),
    act: [
      `if test -e ${record}; then`,
      `  if ! grep -qF " $(sha256sum < ${config} | cut -d ' ' -f 1)" ${record}; then`,
      `    echo 'the Ignition files were made from another install-config.yaml' >&2`,
      '    exit 1',
      '  fi',
      'else',
      ...makeFiles(definition),
      'fi',
    ].join('\n'),
    verify: isMade(definition.name),
    timeoutSeconds: INSTALL_TIMEOUT_SECONDS,
  };
}

/** Makes them anew, with new certificates. Only while no machine has booted from those before. */
export function renewIgnitionStep({ definition }: Definition): GuestStep {
  const { record } = installPaths(definition.name);
  return {
    id: 'okd-ignition-renewal',
    title: 'Make Ignition files and credentials anew',
    files: [],
    observe: null,
    act: [`rm -f ${record}`, ...makeFiles(definition)].join('\n'),
    verify: isMade(definition.name),
    timeoutSeconds: INSTALL_TIMEOUT_SECONDS,
  };
}

/** The record is written last: without it, what is there was not finished. */
function makeFiles(definition: PlatformCluster['definition']): string[] {
  const { config, files, record } = installPaths(definition.name);
  const schedulable = String(mastersSchedulable(definition));
  return [
    `rm -rf ${files}`,
    // What the programme writes holds keys.
    'umask 077',
    `mkdir ${files}`,
    `install -m 0600 ${config} ${files}/install-config.yaml`,
    // Before the programme runs: certificates are no younger than this says.
    'now=$(date +%s)',
    `${BIN}/openshift-install create manifests --dir ${files}`,
    `sed -i 's/mastersSchedulable: .*/mastersSchedulable: ${schedulable}/' ${files}/${SCHEDULER_MANIFEST}`,
    `grep -qF 'mastersSchedulable: ${schedulable}' ${files}/${SCHEDULER_MANIFEST}`,
    `${BIN}/openshift-install create ignition-configs --dir ${files}`,
    `printf '%s %s\\n' "$now" "$(sha256sum < ${config} | cut -d ' ' -f 1)" > ${record}.new`,
    `mv -f ${record}.new ${record}`,
  ];
}

function isMade(cluster: string): string {
  const { config, record, kubeconfig, ignition } = installPaths(cluster);
  const files = [...IGNITION_FILES.map((name) => ignition(name)), kubeconfig];
  return [
    ...files.map((path) => `test -s ${path}`),
    `grep -qF " $(sha256sum < ${config} | cut -d ' ' -f 1)" ${record}`,
  ].join(' && ');
}
