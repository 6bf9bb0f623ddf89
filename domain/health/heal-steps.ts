/** The steps of a heal, by name: shown in this order. */

export const HEAL_STEPS = {
  confirm: 'look-again',
  start: 'start-vm',
  quorumToStop: 'prove-quorum-to-stop',
  quorumToLeave: 'prove-quorum-to-leave',
  fence: 'fence',
  ready: 'wait-until-ready',
} as const;
export type HealStep = (typeof HEAL_STEPS)[keyof typeof HEAL_STEPS];

export const HEAL_STEP_TITLES: Readonly<Record<HealStep, string>> = {
  'look-again': 'Look again whether it needs healing',
  'start-vm': 'Start its VM',
  'prove-quorum-to-stop': 'Prove that the quorum outlives a restart',
  'prove-quorum-to-leave': 'Prove that the quorum outlives its removal',
  fence: 'Switch its VM off, and prove that it does not run',
  'wait-until-ready': 'Wait until it is Ready',
};
