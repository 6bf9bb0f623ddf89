/** What Talos looks at before it lets itself be upgraded (https://www.talos.dev/latest/talos-guides/upgrading-talos/). */
import { status } from '@grpc/grpc-js';
import type { UpgradeRequest } from '../../../activities/talos/api/messages.js';
import { GrpcRefusal } from './grpc-endpoint.js';
import { installerRelease, releaseObjection, type TalosRelease } from './image.js';
import type { ApiMachine } from './machine-api.js';

/** @returns the release to install. @throws GrpcRefusal */
export function acceptedUpgrade(
  { image, preserve, stage, force }: UpgradeRequest,
  machine: ApiMachine,
): TalosRelease {
  const release = installerRelease(image);
  if (release === undefined)
    throw new GrpcRefusal(status.UNKNOWN, `error validating installer image "${image}": not found`);
  const objection = releaseObjection(machine.release, release);
  if (objection !== null) throw new GrpcRefusal(status.UNKNOWN, objection);
  if (stage || force)
    throw new GrpcRefusal(status.UNIMPLEMENTED, 'upgrades that are staged or forced are not known here');
  if (machine.isControlPlane) mustKeepQuorum(machine, preserve);
  if (!preserve)
    throw new GrpcRefusal(status.UNIMPLEMENTED, 'upgrades that wipe the machine are not known here');
  return release;
}

function mustKeepQuorum(machine: ApiMachine, preserve: boolean): void {
  const cluster = machine.etcd();
  if (cluster === null || !cluster.etcd.hasQuorum())
    throw new GrpcRefusal(status.UNKNOWN, 'failed to validate etcd for upgrade: context deadline exceeded');
  if (cluster.upgrading !== null && cluster.upgrading !== machine.name)
    throw new GrpcRefusal(
      status.UNKNOWN,
      'failed to acquire upgrade mutex: mutex: Locked by another session',
    );
  if (!preserve && Object.keys(cluster.record.members).length === 1)
    throw new GrpcRefusal(
      status.UNKNOWN,
      'only 1 etcd member found; assuming this is not an HA cluster and refusing to upgrade; if this is a single-node cluster, use --preserve to upgrade',
    );
}
