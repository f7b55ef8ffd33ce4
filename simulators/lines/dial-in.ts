import { connect, type Socket } from 'node:net';
import type { Cancel } from '../clock/sim-clock.ts';
import { systemClock } from '../clock/sim-clock.ts';
import type { BusStats } from './bus.ts';
import { type Dialogue, type DialogueFactory, dlt698Dialogue, gdw376Dialogue } from './dialogue.ts';
import { droppable, FieldLine, type LineOptions, terminalOf } from './field-line.ts';
import { SupplyNews } from './supply-news.ts';

export interface DialInOptions extends Omit<LineOptions, 'clock'> {
  readonly clock?: LineOptions['clock'];
  /** 127.0.0.1 unless named. */
  readonly host?: string;
  /** Where the collector listens, now or later. */
  readonly port: number;
}

export interface DialInLine {
  readonly id: string;
  /** Port that is dialled. */
  readonly dialInPort: number;
  /** True while a connection exists on which the login was confirmed. */
  readonly isKnown: boolean;
  /** Connections made, logins and heartbeats confirmed, since the start. */
  readonly calls: { readonly connections: number; readonly confirmations: number };
  readonly stats: BusStats;
  close(): Promise<void>;
}

/** Puts a terminal on the air that dials the collector, Q/GDW 376.1 or DL/T 698.45 as its line is. */
export function startDialIn(options: DialInOptions): DialInLine {
  return new DiallingTerminal(options);
}

/** Dials until it is confirmed, greets again after every heartbeat, and dials anew when a connection ends. */
class DiallingTerminal implements DialInLine {
  readonly dialInPort: number;
  readonly #line: FieldLine;
  readonly #host: string;
  readonly #dialogue: DialogueFactory;
  readonly #news: SupplyNews;
  readonly #unsubscribe: () => void;
  readonly #calls = { connections: 0, confirmations: 0 };
  /** The one that is used; an older one that a double login left open is among the abandoned. */
  #call: Call | undefined;
  #abandoned: Call[] = [];
  #backOffMs: number;
  #cancelDial: Cancel = () => {};
  #cancelBorder: Cancel = () => {};
  #closed = false;

  constructor(options: DialInOptions) {
    this.#line = new FieldLine({ ...options, clock: options.clock ?? systemClock() });
    this.#host = options.host ?? '127.0.0.1';
    this.#news = new SupplyNews(this.#line);
    this.dialInPort = options.port;
    this.#dialogue = this.#line.spec.kind === 'dlt698-dial-in' ? dlt698Dialogue : gdw376Dialogue;
    this.#backOffMs = terminalOf(this.#line).backOffMs[0];
    this.#unsubscribe = options.world.faults.onChange(() => this.#follow());
    this.#follow();
  }

  get id(): string {
    return this.#line.spec.id;
  }

  get isKnown(): boolean {
    return this.#call?.known ?? false;
  }

  get calls(): DialInLine['calls'] {
    return { ...this.#calls };
  }

  get stats(): BusStats {
    return this.#line.stats;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    this.#cancelBorder();
    this.#hangUp();
    this.#line.close();
  }

  /** Follows the faults of the line now, and again at the next instant at which one begins or ends. */
  #follow(): void {
    if (this.#closed) return;
    this.#cancelBorder();
    const now = this.#line.clock.now();
    const border = this.#line.world.nextBorder(this.id, now);
    if (border !== undefined) this.#cancelBorder = this.#line.clock.after(border - now, () => this.#follow());
    if (this.#line.isOffline) {
      this.#hangUp();
      return;
    }
    if (!this.#call) this.#dial();
    else if (this.#call.known) {
      this.#call.tell(this.#news);
      this.#maybeTwice();
    }
    if (!this.#line.fault('double-login')) this.#dropAbandoned();
  }

  #hangUp(): void {
    this.#cancelDial();
    this.#dropAbandoned();
    const call = this.#call;
    this.#call = undefined;
    call?.end();
  }

  #dropAbandoned(): void {
    const abandoned = this.#abandoned;
    this.#abandoned = [];
    for (const call of abandoned) call.end();
  }

  #dial(): void {
    this.#cancelDial();
    const call = new Call(this.#line, this.#dialogue, {
      connected: () => {
        this.#calls.connections += 1;
      },
      confirmed: () => {
        this.#calls.confirmations += 1;
        this.#backOffMs = terminalOf(this.#line).backOffMs[0];
        if (this.#call !== call) return;
        call.tell(this.#news);
        this.#maybeTwice();
      },
      ended: () => this.#ended(call),
    });
    this.#call = call;
    call.start(this.#host, this.dialInPort);
  }

  /** Calls a second time, without closing the first connection, of which nothing more is heard. */
  #maybeTwice(): void {
    if (this.#abandoned.length > 0 || !this.#call || !this.#line.fault('double-login')) return;
    this.#call.mute();
    this.#abandoned.push(this.#call);
    this.#dial();
  }

  #ended(call: Call): void {
    this.#abandoned = this.#abandoned.filter((other) => other !== call);
    if (this.#call !== call || this.#closed) return;
    this.#call = undefined;
    const [, most] = terminalOf(this.#line).backOffMs;
    const waitMs = this.#backOffMs;
    this.#backOffMs = Math.min(most, waitMs * 2);
    this.#cancelDial = this.#line.clock.after(waitMs, () => this.#follow());
  }
}

interface CallEvents {
  readonly connected: () => void;
  readonly confirmed: () => void;
  readonly ended: () => void;
}

/** One connection to the collector, from dialling to its end. */
class Call {
  readonly #line: FieldLine;
  readonly #events: CallEvents;
  readonly #dialogue: Dialogue;
  #socket: Socket | undefined;
  #timer: Cancel = () => {};
  #muted = false;
  #known = false;

  constructor(line: FieldLine, dialogue: DialogueFactory, events: CallEvents) {
    this.#line = line;
    this.#events = events;
    this.#dialogue = dialogue(
      line,
      (bytes) => this.#send(bytes),
      () => this.#confirmed(),
    );
  }

  get known(): boolean {
    return this.#known;
  }

  start(host: string, port: number): void {
    const reader = droppable(this.#line, this.#dialogue.reader);
    const socket = connect({ host, port, noDelay: true });
    this.#socket = socket;
    socket.once('connect', () => {
      this.#events.connected();
      this.#greet('login');
    });
    socket.on('data', (bytes) => {
      if (this.#muted) return;
      socket.cork();
      if (!reader.receive(bytes)) socket.destroy();
      socket.uncork();
    });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#timer();
      this.#known = false;
      this.#events.ended();
    });
  }

  tell(news: SupplyNews): void {
    for (const frame of news.take()) this.#send(frame);
  }

  /** Stays connected and says nothing more. */
  mute(): void {
    this.#muted = true;
    this.#timer();
  }

  end(): void {
    this.#timer();
    this.#socket?.destroy();
  }

  #send(bytes: Uint8Array): void {
    if (!this.#muted && this.#socket && !this.#socket.destroyed) this.#socket.write(bytes);
  }

  /** Hangs up when no confirmation comes. */
  #greet(kind: 'login' | 'heartbeat'): void {
    this.#dialogue.greet(kind);
    this.#timer();
    this.#timer = this.#line.clock.after(terminalOf(this.#line).confirmMs, () => this.end());
  }

  #confirmed(): void {
    this.#known = true;
    this.#timer();
    this.#timer = this.#line.clock.after(terminalOf(this.#line).heartbeatS * 1000, () => this.#greet('heartbeat'));
    this.#events.confirmed();
  }
}
