/** The `smbios1` option of a VM: its UUID, and where its operating system finds its configuration. */

export interface Smbios {
  /** Lower case. */
  readonly uuid: string;
  /** cloud-init reads this address out of the serial number; `null` leaves the serial number out. */
  readonly noCloudUrl: string | null;
}

/**
 * The whole value: Proxmox VE replaces the option, so that a UUID that is not sent again is lost.
 * The serial number is Base64, because commas and semicolons would end it.
 */
export function smbiosText({ uuid, noCloudUrl }: Smbios): string {
  if (noCloudUrl === null) return `uuid=${uuid}`;
  return `uuid=${uuid},base64=1,serial=${btoa(noCloudSerial(noCloudUrl))}`;
}

/** The address ends in `/`: cloud-init appends the names of the documents. */
export function noCloudSerial(noCloudUrl: string): string {
  return `ds=nocloud-net;s=${noCloudUrl}`;
}
