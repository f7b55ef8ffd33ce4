import { FrameSplitter } from '../dlt645/frame.ts';
import { Dlt645Station } from '../dlt645/station.ts';
import type { FieldLine, MeterAnswer, StreamReader } from './field-line.ts';
import { damaged } from './reaction.ts';

/** Longest silence inside a frame (6.3.4: 500 ms, and as much again for the way through a concentrator). */
const GAP_MS = 1_000;

/** Follow-up frames are held by the meter, so all connections of a line share one station. */
const stations = new WeakMap<FieldLine, Dlt645Station>();

export function dlt645Reader(line: FieldLine, send: (bytes: Uint8Array) => void): StreamReader {
  const station = stations.get(line) ?? new Dlt645Station(line.meters);
  stations.set(line, station);
  const splitter = new FrameSplitter();
  let lastAt = 0;
  return {
    receive: (bytes) => {
      const now = line.clock.now();
      if (now - lastAt > GAP_MS) splitter.reset();
      lastAt = now;
      for (const { frame, wireBytes } of splitter.push(bytes)) {
        line.submit(wireBytes, send, (atMs) => withNoise(station.answer(frame, atMs)));
      }
      return true;
    },
  };
}

function withNoise(answer: ReturnType<Dlt645Station['answer']>): MeterAnswer | undefined {
  return (
    answer && {
      meter: answer.meter,
      encode: ({ wrong, damaged: isDamaged }, nth) => {
        const bytes = answer.encode(wrong);
        return isDamaged ? damaged(bytes, nth) : bytes;
      },
    }
  );
}
