/** What is waited for on the machines of OKD: they configure themselves. */
import type { GuestStep } from '../../domain/guest-step.js';

const FIRST_BOOT_TIMEOUT_SECONDS = 300;
const BOOTSTRAP_TIMEOUT_SECONDS = 3_600;
/** Written by the services of the bootstrap machine. */
const BOOTKUBE_DONE = '/opt/openshift/.bootkube.done';

/** Ignition leaves its report when all of the configuration was applied; without one of ours nobody could log in. */
export const FIRST_BOOT_STEP: GuestStep = {
  id: 'first-boot',
  title: 'Check that Ignition has configured the machine',
  files: [],
  observe: null,
  act: null,
  verify:
    `grep -qE '"userConfigProvided": *true' /etc/.ignition-result.json ||` +
    ` { echo 'Ignition has not reported that it applied our configuration' >&2; exit 1; }`,
  timeoutSeconds: FIRST_BOOT_TIMEOUT_SECONDS,
};

/** Until etcd and the API of the masters stand by themselves, and the machine can go. */
export const BOOTSTRAP_STEP: GuestStep = {
  id: 'wait-for-bootstrap',
  title: 'Wait until the masters run the control plane',
  files: [],
  observe: `test -e ${BOOTKUBE_DONE}`,
  act: null,
  verify: [
    `if test -e ${BOOTKUBE_DONE}; then exit 0; fi`,
    `echo "bootkube.service is $(systemctl is-active bootkube.service || true):" >&2`,
    'journalctl -u bootkube.service -n 5 --no-pager -o cat >&2',
    'exit 1',
  ].join('\n'),
  timeoutSeconds: BOOTSTRAP_TIMEOUT_SECONDS,
};
