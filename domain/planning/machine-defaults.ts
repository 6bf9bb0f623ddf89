/** What machines get from the installation where their definition leaves it out. */
export interface MachineDefaults {
  /** What machines of services are made from, as a definition would say it; `null`: each service has to say it. */
  readonly serviceImage: string | null;
  /** Storage of disks that no template brings one for; `null`: there is none. */
  readonly machineStorage: string | null;
}
