/** How the machines of a group boot; for HYBRID, what decides it. */
import type { BootMethod, NodeGroup } from '../cluster-definition.js';
import type { ImageSource } from '../image-source.js';

export type ChosenMethod = Exclude<BootMethod, 'HYBRID'>;

export type BootChoice =
  | { readonly kind: 'chosen'; readonly method: ChosenMethod; readonly reason: string }
  /** `field` is the JSON pointer within the group of what has to be changed. */
  | { readonly kind: 'refused'; readonly field: string; readonly detail: string };

/**
 * @param image what the group's `imageSource` names, with a catalogue entry already replaced by what it stands for.
 * @param allowed boot methods of the distribution.
 */
export function chooseBootMethod(
  group: Pick<NodeGroup, 'boot'>,
  image: ImageSource | undefined,
  allowed: readonly BootMethod[],
): BootChoice {
  const { method } = group.boot;
  if (method !== 'HYBRID') {
    if (!allowed.includes(method)) {
      return {
        kind: 'refused',
        field: '/boot/method',
        detail: `boots by ${allowed.join(', ')}, not by ${method}`,
      };
    }
    return refusalOf(method, group, image) ?? { kind: 'chosen', method, reason: 'asked for' };
  }
  // In the order of how soon a machine runs: a disk that is ready, a medium, the network.
  for (const [candidate, reason] of HYBRID_ORDER) {
    if (allowed.includes(candidate) && refusalOf(candidate, group, image) === undefined) {
      return { kind: 'chosen', method: candidate, reason: `HYBRID: ${reason}` };
    }
  }
  return {
    kind: 'refused',
    field: '/boot/method',
    detail:
      'HYBRID needs something to decide by: a template or disk image, an ISO image, or a kernel for PXE',
  };
}

const HYBRID_ORDER: readonly (readonly [ChosenMethod, string])[] = [
  ['TEMPLATE', 'the group names a disk that is ready to boot'],
  ['ISO', 'the group names an installation medium'],
  ['PXE', 'the group names a kernel and no image'],
];

function refusalOf(
  method: ChosenMethod,
  { boot }: Pick<NodeGroup, 'boot'>,
  image: ImageSource | undefined,
): BootChoice | undefined {
  const refused = (field: string, detail: string): BootChoice => ({ kind: 'refused', field, detail });
  switch (method) {
    case 'TEMPLATE':
      return isDisk(image)
        ? undefined
        : refused(
            '/template/imageSource',
            'TEMPLATE needs a template (storage:vmid/name) or a disk image (storage:import/file or a URL)',
          );
    case 'ISO':
      return isMedium(image)
        ? undefined
        : refused('/template/imageSource', 'ISO needs an ISO image (storage:iso/file.iso or a URL of one)');
    case 'PXE':
      return boot.kernel === null
        ? refused('/boot/kernel', 'PXE needs a kernel: the name of a file of the boot service')
        : undefined;
  }
}

function isDisk(image: ImageSource | undefined): boolean {
  if (image === undefined || image.kind === 'catalogue') return false;
  return image.kind === 'template' || image.content === 'import';
}

function isMedium(image: ImageSource | undefined): boolean {
  if (image === undefined || image.kind === 'catalogue' || image.kind === 'template') return false;
  return image.content === 'iso';
}
