import { LinkSplitter } from '../dlt698/frame.ts';
import { isLinkResponse, linkRequest } from '../dlt698/link.ts';
import { greet, isConfirmation } from '../gdw376/greeting.ts';
import { dlt645Reader } from './dlt645-reader.ts';
import { type FieldLine, type StreamReader, terminalOf } from './field-line.ts';
import { gdw376Reader } from './gdw376-reader.ts';

/** How a terminal that dialled in introduces itself and stays known on one connection. */
export interface Dialogue {
  /** Sends a login or heartbeat. */
  greet(kind: 'login' | 'heartbeat'): void;
  /** Serves what comes; requests count only once the first greeting was confirmed. */
  readonly reader: StreamReader;
}

export type DialogueFactory = (line: FieldLine, send: (bytes: Uint8Array) => void, confirmed: () => void) => Dialogue;

/** Q/GDW 376.1: AFN 02 F1 and F3, confirmed by AFN 00; requests are forwards. */
export const gdw376Dialogue: DialogueFactory = (line, send, confirmed) => {
  const { address } = terminalOf(line);
  let number = 0;
  let known = false;
  const answer = (bytes: Uint8Array): void => {
    if (known) send(bytes);
  };
  return {
    greet: (kind) => {
      number = (number + 1) & 0x0f;
      send(greet(kind, address, number));
    },
    reader: gdw376Reader(line, answer, (packet) => {
      if (!isConfirmation(packet, address, number)) return;
      known = true;
      confirmed();
    }),
  };
};

/** DL/T 698.45: LINK-Request and LINK-Response; frames for the meters pass through as they are. */
export const dlt698Dialogue: DialogueFactory = (line, send, confirmed) => {
  const { address, heartbeatS } = terminalOf(line);
  const meters = dlt645Reader(line, send);
  const links = new LinkSplitter();
  let number = 0;
  let known = false;
  return {
    greet: (kind) => {
      number = (number + 1) & 0x3f;
      send(linkRequest(kind, address, { number, heartbeatS, atMs: line.clock.now() }));
    },
    reader: {
      receive: (bytes) => {
        const was = known;
        for (const { frame } of links.push(bytes)) {
          if (!isLinkResponse(frame, address, number)) continue;
          known = true;
          confirmed();
        }
        return was || known ? meters.receive(bytes) : true;
      },
    },
  };
};
