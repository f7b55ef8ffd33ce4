import { Concentrator } from '../gdw376/concentrator.ts';
import { type Packet, PacketSplitter } from '../gdw376/packet.ts';
import { dlt645Reader } from './dlt645-reader.ts';
import { type FieldLine, type StreamReader, terminalOf } from './field-line.ts';

/** The concentrator at the head of a line, with the bus of the line behind it. */
function concentratorOf(line: FieldLine): Concentrator {
  return new Concentrator({
    terminal: terminalOf(line),
    now: () => line.clock.now(),
    ignoresForwards: () => line.fault('ignores-forwards') !== undefined,
    forward: (frame, waitMs, done) => {
      let open = true;
      const finish = (reply: Uint8Array | null): void => {
        if (!open) return;
        open = false;
        giveUp();
        done(reply);
      };
      const giveUp = line.clock.after(waitMs, () => finish(null));
      dlt645Reader(line, finish).receive(frame);
    },
  });
}

/** A stream of Q/GDW 376.1 packets; `confirmed` gets those that answer what the terminal itself asked. */
export function gdw376Reader(
  line: FieldLine,
  send: (bytes: Uint8Array) => void,
  confirmed: (packet: Packet) => void = () => {},
): StreamReader {
  const concentrator = concentratorOf(line);
  const splitter = new PacketSplitter();
  return {
    receive: (bytes) => {
      for (const packet of splitter.push(bytes)) {
        confirmed(packet);
        concentrator.receive(packet, send);
      }
      return true;
    },
  };
}
