/** Lets people hold an operation where it can stand still, and have it go on. */
import { condition, setHandler } from '@temporalio/workflow';
import { pauseOperationUpdate, resumeOperationUpdate } from '../messages.js';
import type { StepRunner } from './step-runner.js';

export interface PauseStep {
  readonly id: string;
  readonly title: string;
}

export class Pauses {
  private isPaused = false;
  private readonly steps: StepRunner;
  private readonly step: PauseStep;

  /** @param step how it is shown that nothing happens. */
  constructor(steps: StepRunner, step: PauseStep) {
    this.steps = steps;
    this.step = step;
    setHandler(pauseOperationUpdate, () => this.change(true));
    setHandler(resumeOperationUpdate, () => this.change(false));
  }

  pause(): void {
    this.change(true);
  }

  /** To be called where nothing is half done: stays here while the operation is paused. */
  async here(): Promise<void> {
    if (!this.isPaused) return;
    this.steps.declare([{ ...this.step, machine: null }]);
    await this.steps.run(this.step.id, () => condition(() => !this.isPaused));
  }

  private change(isPaused: boolean): { readonly isPaused: boolean } {
    this.isPaused = isPaused;
    return { isPaused };
  }
}
