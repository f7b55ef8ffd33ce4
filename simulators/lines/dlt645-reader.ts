import { Dlt645Station } from '../dlt645/station.ts';
import { Dlt1997Station } from '../dlt645-1997/station.ts';
import { CONTROL } from '../dlt698/frame.ts';
import { Dlt698Station } from '../dlt698/station.ts';
import type { WrongReply } from '../faults/fault.ts';
import type { SimMeter } from '../world/meter.ts';
import { DltSplitter } from './dlt-splitter.ts';
import type { FieldLine, MeterAnswer, StreamReader } from './field-line.ts';
import { onTheWire } from './reaction.ts';

/** Control bytes up to here belong to the 1997 edition of DL/T 645, but 03 and 08, which the 2007 edition took over. */
const LAST_1997 = 0x0f;
const TAKEN_OVER = [0x03, 0x08];

interface Stations {
  readonly dlt645: Dlt645Station;
  readonly dlt1997: Dlt1997Station;
  readonly dlt698: Dlt698Station;
}

/** Follow-up frames are held by the meter, so all connections of a line share its stations. */
const stations = new WeakMap<FieldLine, Stations>();

function stationsOf(line: FieldLine): Stations {
  let found = stations.get(line);
  if (!found) {
    found = {
      dlt645: new Dlt645Station(line.meters),
      dlt1997: new Dlt1997Station(line.meters),
      dlt698: new Dlt698Station(line.meters),
    };
    stations.set(line, found);
  }
  return found;
}

/** A bus with meters of DL/T 645, both editions, and DL/T 698.45: each answers the frames of its own protocol. */
export function dlt645Reader(line: FieldLine, send: (bytes: Uint8Array) => void): StreamReader {
  const { dlt645, dlt1997, dlt698 } = stationsOf(line);
  const splitter = new DltSplitter();
  return {
    receive: (bytes) => {
      const { frames, links } = splitter.push(bytes, line.clock.now());
      for (const { frame, wireBytes } of frames) {
        const old = frame.control <= LAST_1997 && !TAKEN_OVER.includes(frame.control);
        const station = old ? dlt1997 : dlt645;
        const item = `${frame.control} ${frame.data}`;
        line.submit(wireBytes, send, (atMs) => withNoise(station.answer(frame, atMs), item));
      }
      for (const { frame, wireBytes } of links) {
        // The confirmation of a report asks for nothing.
        if (!(frame.control & CONTROL.byClient)) continue;
        // The third byte of an APDU numbers the request.
        const item = `${frame.control} ${frame.body.map((byte, i) => (i === 2 ? 0 : byte))}`;
        line.submit(wireBytes, send, (atMs) => withNoise(dlt698.answer(frame, atMs), item));
      }
      return true;
    },
  };
}

interface BendableAnswer {
  readonly meter: SimMeter;
  encode(wrong: WrongReply | null): Uint8Array;
}

function withNoise(answer: BendableAnswer | undefined, item: string): MeterAnswer | undefined {
  return (
    answer && {
      meter: answer.meter,
      item,
      encode: (reaction, nth) => onTheWire(answer.encode(reaction.wrong), reaction, nth),
    }
  );
}
