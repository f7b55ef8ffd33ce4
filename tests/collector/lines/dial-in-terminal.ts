import { connect, createServer, type Socket } from 'node:net';
import { decodeForwardRequest } from '../../../collector/protocols/gdw376/forward.ts';
import { AFN, findFrame } from '../../../collector/protocols/gdw376/frame.ts';
import { forwardReply, linkFrame } from '../protocols/gdw376/any-frame.ts';

/** What the meters behind the terminal say to a forwarded request, or null when they are silent. */
export type Meters = (request: Uint8Array) => Uint8Array | null;

/** A small Q/GDW 376.1 concentrator that dials in. */
export interface Terminal {
  readonly socket: Socket;
  /** Everything that has come, whole frames of forwards answered and not taken off. */
  readonly received: number[];
  readonly isClosed: boolean;
  send(bytes: Uint8Array): void;
  login(): void;
  heartbeat(): void;
  logout(): void;
  hangUp(): void;
}

export function dial(port: number, address = '02001234', meters: Meters = () => null): Promise<Terminal> {
  return new Promise((resolve, reject) => {
    const received: number[] = [];
    const state = { isClosed: false };
    const socket = connect({ host: '127.0.0.1', port });
    let rest: Uint8Array = new Uint8Array();
    socket.on('data', (bytes) => {
      received.push(...bytes);
      rest = Buffer.concat([rest, bytes]);
      for (let found = findFrame(rest); found.kind === 'frame'; found = findFrame(rest)) {
        rest = rest.subarray(found.end);
        const request = found.frame.afn === AFN.forward ? decodeForwardRequest(found.frame.data) : null;
        const answer = request === null ? null : meters(request.inner);
        if (answer !== null) socket.write(forwardReply(found.frame, answer));
      }
    });
    socket.on('close', () => {
      state.isClosed = true;
    });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      socket.on('error', () => {});
      resolve({
        socket,
        received,
        get isClosed() {
          return state.isClosed;
        },
        send: (bytes) => void socket.write(bytes),
        login: () => void socket.write(linkFrame(1, address)),
        heartbeat: () => void socket.write(linkFrame(3, address)),
        logout: () => void socket.write(linkFrame(2, address)),
        hangUp: () => void socket.destroy(),
      });
    });
  });
}

/** A port that nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
