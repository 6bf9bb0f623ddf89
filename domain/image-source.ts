/** `storage:vmid/name`, as a node group names its template. */

export interface ImageSource {
  readonly storage: string;
  readonly vmid: number;
  readonly name: string;
}

const PATTERN = /^([A-Za-z][A-Za-z0-9_.-]*):([1-9][0-9]{2,8})\/([A-Za-z0-9][A-Za-z0-9.-]*)$/;

/** @returns `undefined` when the text is not of that form. */
export function parseImageSource(text: string): ImageSource | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, storage = '', vmid = '', name = ''] = match;
  return { storage, vmid: Number(vmid), name };
}
