/** What HAProxy says of its configuration: warnings that it lives with, and alerts that it does not. */

/** The first line without a fault of its own ends the reading of the configuration. */
export class Messages {
  private readonly lines: string[] = [];
  private readonly file: string;
  private readonly pid: number;
  hasWarnings = false;
  hasErrors = false;

  constructor(file: string, pid: number) {
    this.file = file;
    this.pid = pid;
  }

  /** `parsing [FILE:LINE] : ...` */
  alert(line: number, text: string): void {
    this.say('ALERT', `config : parsing [${this.file}:${line}] : ${text}`);
    this.hasErrors = true;
  }

  /** In the form that some keywords have of their own. */
  alertAs(text: (file: string) => string): void {
    this.say('ALERT', `config : ${text(this.file)}`);
    this.hasErrors = true;
  }

  warn(line: number, text: string): void {
    this.warnAs(`parsing [${this.file}:${line}] : ${text}`);
  }

  warnAs(text: string): void {
    this.say('WARNING', `config : ${text}`);
    this.hasWarnings = true;
  }

  /** Said last, when it does not go on. */
  close(wasRead: boolean): void {
    if (!wasRead) this.say('ALERT', `config : Error(s) found in configuration file : ${this.file}`);
    this.say('ALERT', 'config : Fatal errors found in configuration.');
  }

  text(): string {
    const head = ['haproxy version is 2.8.5-1ubuntu3', 'path to executable is /usr/sbin/haproxy'];
    if (this.lines.length === 0) return '';
    return [...head.map((each) => this.line('NOTICE', each)), ...this.lines]
      .map((each) => `${each}\n`)
      .join('');
  }

  private say(level: Level, text: string): void {
    this.lines.push(this.line(level, text));
  }

  private line(level: Level, text: string): string {
    return `${`[${level}]`.padEnd(10)} (${this.pid}) : ${text}`;
  }
}

type Level = 'NOTICE' | 'WARNING' | 'ALERT';
