/** The port for what machines with Talos were told: a machine that does not answer yet cannot be asked. */

export interface TalosRecords {
  /**
   * Gives the machine the only bootstrap that its cluster has, unless a machine has it already. Written before the
   * machine is told.
   * @returns UUID of the machine that has it.
   */
  giveBootstrap(clusterUid: string, machineUuid: string): Promise<string>;
  /** The machine has accepted the configuration with this hash (SHA-256, hexadecimal). */
  configurationAccepted(machineUuid: string, sha256: string): Promise<void>;
  /** Hash of the last configuration that the machine accepted. */
  acceptedConfiguration(machineUuid: string): Promise<string | undefined>;
}
