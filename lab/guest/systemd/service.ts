/** One service: started, watched, started again, stopped, as systemd.service(5) says. */
import { posix } from 'node:path';
import type { ReloadSignal, ServiceLink } from '../system.js';
import { expandWords, type Unit, type UnitCommand } from './unit-file.js';

export type ActiveState = 'inactive' | 'activating' | 'active' | 'deactivating' | 'failed';

export interface ServiceHost {
  /** Runs a command of the unit until it ends or the signal is aborted. @returns its exit code. */
  run(unit: Unit, command: UnitCommand, link: ServiceLink, signal: AbortSignal): Promise<number>;
  /** Whether there is a program at this path. */
  hasProgram(path: string): boolean;
  log(unit: Unit, identifier: string, message: string): void;
  pause(ms: number, signal: AbortSignal): Promise<void>;
  nextPid(): number;
}

export type JobResult = 'done' | 'failed';

/** The main program of a service, as kill(1) and pgrep(1) see it. */
export interface ServiceProcess {
  readonly pid: number;
  /** Without its folder. */
  readonly program: string;
  /** The command line. */
  readonly words: readonly string[];
  readonly user: string;
  signal(name: ProcessSignal): void;
}

export type ProcessSignal = ReloadSignal | 'TERM' | 'INT' | 'KILL';

/** What a program that is ended by a signal exits with. */
const EXIT_BY_SIGNAL: Readonly<Record<ProcessSignal, number>> = {
  ...{ HUP: 129, INT: 130, KILL: 137, USR1: 138, USR2: 140, TERM: 143 },
};

const EXIT_EXEC = 203;

export class Service {
  state: ActiveState = 'inactive';
  subState = 'dead';
  /** Milliseconds since the epoch of the last change to `active`. */
  activeSince: number | undefined;
  restarts = 0;
  lastCode: number | undefined;
  private readonly host: ServiceHost;
  private unit: Unit;
  private job: Promise<JobResult> | undefined;
  private main: { readonly controller: AbortController; readonly ended: Promise<void> } | undefined;
  private restart: AbortController | undefined;
  private running: ServiceProcess | undefined;

  constructor(unit: Unit, host: ServiceHost) {
    this.unit = unit;
    this.host = host;
  }

  /** Resolves when the service is up or has failed to come up; joins a start that is under way. */
  start(unit: Unit): Promise<JobResult> {
    if (this.state === 'active') return Promise.resolve('done');
    this.restart?.abort();
    this.unit = unit;
    this.job ??= this.launch(unit).finally(() => (this.job = undefined));
    return this.job;
  }

  /** Runs what the unit has for it. The service stays up whatever comes of it. */
  async reload(unit: Unit): Promise<JobResult> {
    const { running, main } = this;
    if (running === undefined || main === undefined) return 'failed';
    const identifier = posix.basename(unit.execReload.at(0)?.words[0] ?? unit.name);
    const log = (line: string): void => this.host.log(unit, identifier, line);
    this.say(`Reloading ${this.title()}...`);
    for (const command of unit.execReload) {
      const link: ServiceLink = { pid: running.pid, ready: () => {}, log, onSignal: () => {} };
      const code = await this.host.run(unit, command, link, main.controller.signal);
      if (code === 0 || command.mayFail) continue;
      this.say(`${unit.name}: Control process exited, code=exited, status=${code}/FAILURE`);
      this.say(`Reload failed for ${this.title()}.`);
      return 'failed';
    }
    this.say(`Reloaded ${this.title()}.`);
    return 'done';
  }

  /** @returns `undefined` where its main program does not run. */
  process(): ServiceProcess | undefined {
    return this.running;
  }

  async stop(): Promise<void> {
    this.restart?.abort();
    if (this.state === 'inactive' || this.state === 'failed') {
      this.become('inactive', 'dead');
      return;
    }
    this.become('deactivating', 'stop-sigterm');
    this.main?.controller.abort();
    await this.main?.ended;
    await this.job;
    this.become('inactive', 'dead');
    this.say(`Stopped ${this.title()}.`);
  }

  /** The power is gone. */
  kill(): void {
    this.running = undefined;
    this.restart?.abort();
    this.main?.controller.abort();
    this.become('inactive', 'dead');
  }

  private async launch(unit: Unit): Promise<JobResult> {
    const controller = new AbortController();
    let finish = (): void => {};
    this.main = { controller, ended: new Promise((resolve) => (finish = () => resolve())) };
    this.become('activating', 'start-pre');
    this.say(`Starting ${this.title()}...`);
    const identifier = posix.basename(unit.execStart.at(0)?.words[0] ?? unit.name);
    const pid = this.host.nextPid();
    const log = (line: string): void => this.host.log(unit, identifier, line);
    const mute: ServiceLink = { pid, ready: () => {}, log, onSignal: () => {} };

    for (const command of unit.execStartPre) {
      const code = await this.host.run(unit, command, mute, controller.signal);
      if (code !== 0 && !command.mayFail && !controller.signal.aborted) {
        finish();
        return this.ended(unit, code, controller.signal);
      }
    }
    if (controller.signal.aborted) {
      finish();
      return 'failed';
    }
    this.become('activating', 'start');
    return new Promise((resolve) => {
      const ready = (): void => {
        if (this.state !== 'activating' || controller.signal.aborted) return;
        this.become('active', 'running');
        this.say(`Started ${this.title()}.`);
        resolve('done');
      };
      const end = (code: number): void => {
        const result = this.ended(unit, code, controller.signal);
        finish();
        resolve(result);
      };
      const listeners: ((signal: ReloadSignal) => void)[] = [];
      const link: ServiceLink = { pid, ready, log, onSignal: (listener) => listeners.push(listener) };
      const killed = new AbortController();
      this.running = processOf(unit, pid, (name) => {
        if (isReload(name) && listeners.length > 0) for (const listener of listeners) listener(name);
        else killed.abort(EXIT_BY_SIGNAL[name]);
      });
      const alive = AbortSignal.any([controller.signal, killed.signal]);
      const codeOf = (code: number): number =>
        killed.signal.aborted && !controller.signal.aborted ? Number(killed.signal.reason) : code;
      void this.runMain(unit, link, alive).then(
        (code) => end(codeOf(code)),
        () => end(codeOf(1)),
      );
      if (unit.type === 'simple' || unit.type === 'exec' || unit.type === 'forking') {
        if (this.host.hasProgram(unit.execStart.at(0)?.words[0] ?? '')) ready();
      }
    });
  }

  private async runMain(unit: Unit, link: ServiceLink, signal: AbortSignal): Promise<number> {
    if (unit.execStart.length === 0) return EXIT_EXEC;
    for (const command of unit.execStart) {
      const program = command.words[0] ?? '';
      if (!this.host.hasProgram(program)) {
        this.say(`${unit.name}: Failed to locate executable ${program}: No such file or directory`);
        return EXIT_EXEC;
      }
      const code = await this.host.run(unit, command, link, signal);
      if (code !== 0 && !command.mayFail) return code;
    }
    return 0;
  }

  private ended(unit: Unit, code: number, stopped: AbortSignal): JobResult {
    this.running = undefined;
    if (stopped.aborted) return 'failed';
    this.lastCode = code;
    if (unit.type === 'oneshot' && code === 0) {
      if (unit.remainsAfterExit) this.become('active', 'exited');
      else this.become('inactive', 'dead');
      this.say(`Finished ${this.title()}.`);
      return 'done';
    }
    const wasUp = this.state === 'active';
    const word = code === 0 ? 'SUCCESS' : code === EXIT_EXEC ? 'EXEC' : 'FAILURE';
    this.say(`${unit.name}: Main process exited, code=exited, status=${code}/${word}`);
    if (code !== 0) this.say(`${unit.name}: Failed with result 'exit-code'.`);
    if (!wasUp) this.say(`Failed to start ${this.title()}.`);
    if (unit.restart === 'always' || (unit.restart === 'on-failure' && code !== 0))
      void this.scheduleRestart(unit);
    else this.become(code === 0 ? 'inactive' : 'failed', code === 0 ? 'dead' : 'failed');
    return wasUp || (code === 0 && unit.type !== 'notify') ? 'done' : 'failed';
  }

  private async scheduleRestart(unit: Unit): Promise<void> {
    this.become('activating', 'auto-restart');
    const restart = new AbortController();
    this.restart = restart;
    try {
      await this.host.pause(unit.restartMs, restart.signal);
    } catch {
      return;
    }
    this.restarts += 1;
    this.say(`${unit.name}: Scheduled restart job, restart counter is at ${this.restarts}.`);
    await this.start(unit);
  }

  private become(state: ActiveState, subState: string): void {
    this.state = state;
    this.subState = subState;
    if (state === 'active') this.activeSince = Date.now();
  }

  private say(message: string): void {
    this.host.log(this.unit, 'systemd[1]', message);
  }

  private title(): string {
    return `${this.unit.name} - ${this.unit.description}`;
  }
}

function isReload(name: ProcessSignal): name is ReloadSignal {
  return name === 'HUP' || name === 'USR1' || name === 'USR2';
}

function processOf(unit: Unit, pid: number, signal: (name: ProcessSignal) => void): ServiceProcess {
  const words = expandWords(unit.execStart.at(0)?.words ?? [unit.name], unit.environment);
  return { pid, program: posix.basename(words[0] ?? unit.name), words, user: unit.user, signal };
}
