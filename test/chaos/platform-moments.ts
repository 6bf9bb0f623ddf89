/** The moments of provisions with services, one of each distribution, in which a process is killed. */
import type { FaultRule, FaultTarget } from '../../lab/faults.js';
import type { Moment } from './moments.js';

export interface Round {
  readonly victim: 'worker' | 'temporal';
  /** All of them are come by before the process is killed, each by another cluster. */
  readonly moments: readonly Moment[];
}

const held =
  (target: FaultTarget) =>
  (
    name: string,
    stage: FaultRule['stage'],
    match: string,
    which: Pick<FaultRule, 'skip' | 'times'> = {},
  ): Moment => ({ name, rule: { target, stage, match, ...which, effect: { kind: 'hold' } } });
const program = held('program');
const talos = held('talos');
const dns = held('dns');
const kubernetes = held('kubernetes');

/** Names of the clusters, which the moments tell apart. */
export const CLUSTERS = { vanilla: 'v', rke2: 'r', talos: 't', okd: 'o' } as const;

/**
 * Each cluster comes by its moments in this order. The rules of a round are there as soon as the one three rounds before
 * it is reached: until then what they match may happen as it likes.
 */
export const ROUNDS: readonly Round[] = [
  {
    victim: 'worker',
    // Alone: whoever waits for this answer soon gives up and looks, so nobody else is waited for.
    moments: [talos('bootstrap-etcd: the machine was told, the answer is lost', 'after', '/Bootstrap$')],
  },
  {
    victim: 'worker',
    moments: [
      program(
        'haproxy: its new file is in place, and nobody has told it',
        'before',
        '^v-load-balancer-1: systemctl (reload|restart) haproxy$',
      ),
      // Whoever gets no answer asks again: all that comes after the first records is held.
      dns(
        'records: some are written, and others are not',
        'before',
        String.raw`^update .*\br\.lab\.internal`,
        { skip: 2, times: 1_000 },
      ),
      program(
        'pxe-server: its file is written, the service runs without it',
        'before',
        '^o-pxe-server-1: systemctl restart dnsmasq$',
      ),
    ],
  },
  {
    victim: 'worker',
    moments: [
      kubernetes(
        'form-cluster: kubeadm init has stored its configuration, and no more',
        'after',
        'PATCH /api/v1/namespaces/kube-system/configmaps/kubeadm-config$',
      ),
      program(
        'start-server: the first server starts, nobody knows',
        'after',
        '^r-server-1: systemctl restart --no-block rke2-server$',
      ),
      program(
        'okd-ignition: the files are made, the record of them is not written',
        'after',
        '^o-pxe-server-1: simulated-openshift-install .* create ignition-configs ',
      ),
    ],
  },
  {
    victim: 'worker',
    moments: [
      kubernetes(
        'join-control-plane: the second member votes, kubeadm join has not marked its node',
        'before',
        'PATCH /api/v1/nodes/v-control-2$',
      ),
      program(
        'start-server: the second server joins, nobody knows',
        'after',
        '^r-server-2: systemctl restart --no-block rke2-server$',
      ),
      kubernetes(
        'approve-certificates: one is approved, the answer is lost',
        'after',
        'PUT .*/certificatesigningrequests/[^/]+/approval$',
      ),
    ],
  },
  {
    victim: 'temporal',
    moments: [
      program(
        'remove-bootstrap: haproxy is about to forget the bootstrap machine',
        'before',
        '^o-load-balancer-1: systemctl reload haproxy$',
      ),
    ],
  },
];
