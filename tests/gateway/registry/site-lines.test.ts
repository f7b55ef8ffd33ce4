import { readFileSync } from 'node:fs';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { Forward, PlanLine } from '#contract/plan.ts';
import { ConfigError } from '#platform/errors.ts';
import { parseSite } from '../../../gateway/registry/site-file.ts';

const NOW = Date.UTC(2026, 10, 20, 2, 0);

function siteOf(...lines: string[]): string {
  return `
site: { name: Lines }
areas: [{ id: A1, name: Area 1, kva: 400 }]
lines:
${lines.map((line) => `  - ${line}`).join('\n')}
meters:
  - { id: "370100000001", model: dlt645-1ph, line: L1, area: A1 }
`;
}

function linesOf(...lines: string[]): readonly object[] {
  return parseSite('site.yaml', siteOf(...lines), NOW).lines;
}

/** Problems as `line path: message`; the first line of the file's list stands in line 5. */
function problemsOf(...lines: string[]): string[] {
  try {
    parseSite('site.yaml', siteOf(...lines), NOW);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map(({ line, path, message }) => `${line} ${path}: ${message}`);
    throw error;
  }
  return [];
}

const DIAL_IN = '{ id: L1, protocol: dlt645, dialIn: { port: 9001, terminal: "02001234" }';
const TCP = '{ id: L1, protocol: dlt645, tcp: { host: 10.0.0.5, port: 7001 }';

describe('a line of a site file', () => {
  it('whose terminal dials in and forwards needs neither terminal nor settings of the port again', () => {
    const [line] = linesOf(`${DIAL_IN}, forward: {}, concentrator: T2 }`);
    expect(line).toEqual({
      id: 'L1',
      collector: 'collector',
      protocol: 'dlt645',
      link: { dialIn: { port: 9001, terminal: '02001234' } },
      forward: { terminal: '02001234', port: 31, baudRate: 2400, parity: 'even' },
      concentrator: 'T2',
      timing: { replyTimeoutMs: 25_000, byteGapMs: 500, pauseMs: 0, quietMs: 200 },
    });
    const { collector: _, ...planned } = line as { collector: string };
    expect(Value.Check(PlanLine, planned)).toBe(true);
  });

  it('may be forwarded over tcp, with settings and times of its own', () => {
    const forward = 'forward: { terminal: "3333ABCD", port: 2, baudRate: 9600, parity: none }';
    const [line] = linesOf(`${TCP}, ${forward}, timing: { replyTimeoutMs: 8000 } }`);
    expect(line).toMatchObject({
      link: { tcp: { host: '10.0.0.5', port: 7001 } },
      forward: { terminal: '3333ABCD', port: 2, baudRate: 9600, parity: 'none' },
      timing: { replyTimeoutMs: 8000, byteGapMs: 500 },
    });
    expect(Value.Check(Forward, (line as { forward: unknown }).forward)).toBe(true);
  });

  it('whose terminal dials in without forwarding has the times of a line over TCP', () => {
    const [line] = linesOf('{ id: L1, protocol: dlt698, dialIn: { port: 9001, terminal: "110000000001" } }');
    expect(line).toMatchObject({
      link: { dialIn: { port: 9001, terminal: '110000000001' } },
      timing: { replyTimeoutMs: 3000 },
    });
    expect(line).not.toHaveProperty('forward');
  });

  it('may share its port with the lines of other terminals', () => {
    const other = '{ id: L2, protocol: dlt645, dialIn: { port: 9001, terminal: "02001235" }, forward: {} }';
    expect(problemsOf(`${DIAL_IN}, forward: {} }`, other)).toEqual([]);
  });

  it('has exactly one endpoint, and shares it with no other line', () => {
    expect(
      problemsOf(
        `${DIAL_IN} }`,
        '{ id: L2, protocol: dlt645, tcp: { host: h, port: 1 }, dialIn: { port: 9001, terminal: "02001235" } }',
        '{ id: L3, protocol: dlt645, serial: { path: /dev/ttyUSB0 }, dialIn: { port: 9001, terminal: "02001236" } }',
        '{ id: L4, protocol: dlt645, forward: { terminal: "02001237" } }',
        '{ id: L5, protocol: dlt698, dialIn: { port: 9001, terminal: "02001234" } }',
      ),
    ).toEqual([
      '6 lines[1]: L2 must have exactly one of serial, tcp and dialIn',
      '7 lines[2]: L3 must have exactly one of serial, tcp and dialIn',
      '8 lines[3]: L4 must have exactly one of serial, tcp and dialIn',
      '9 lines[4]: terminal 02001234 on port 9001 belongs to line L1 already; all meters behind one endpoint are one line',
    ]);
  });

  it('is forwarded to DL/T meters only, over a terminal that is named once and can forward', () => {
    const at = (line: string): string[] => problemsOf('{ id: L1, protocol: dlt645, tcp: { host: h, port: 1 } }', line);
    expect(at('{ id: L2, protocol: dlt645, serial: { path: p }, forward: { terminal: "02001234" } }')).toEqual([
      '6 lines[1].forward: terminals are reached over tcp or dialIn, not over serial',
    ]);
    expect(
      at('{ id: L2, protocol: modbus-tcp, tcp: { host: h, port: 2 }, forward: { terminal: "02001234" } }'),
    ).toEqual(['6 lines[1].forward: terminals forward to DL/T meters, not to modbus-tcp']);
    expect(at('{ id: L2, protocol: modbus-rtu, dialIn: { port: 1, terminal: "02001234" } }')).toEqual([
      '6 lines[1].dialIn: terminals that dial in carry DL/T meters, not modbus-rtu',
    ]);
    expect(at('{ id: L2, protocol: dlt645, tcp: { host: h, port: 2 }, forward: { port: 2 } }')).toEqual([
      '6 lines[1].forward: terminal is missing: region code and terminal address, such as "02001234"',
    ]);
    expect(at('{ id: L2, protocol: dlt645, dialIn: { port: 1, terminal: "110000000001" }, forward: {} }')).toEqual([
      '6 lines[1].dialIn.terminal: 110000000001 cannot forward: that takes a Q/GDW 376.1 terminal',
    ]);
    expect(
      at('{ id: L2, protocol: dlt645, dialIn: { port: 1, terminal: "02001234" }, forward: { terminal: "02001235" } }'),
    ).toEqual(['6 lines[1].forward.terminal: 02001235 is not 02001234, the terminal that dials in']);
    expect(at('{ id: L2, protocol: dlt645, tcp: { host: h, port: 2 }, forward: { terminal: "0200FFFF" } }')).toEqual([
      '6 lines[1].forward.terminal: 0200FFFF is a broadcast address, which no terminal has',
    ]);
  });

  it('is forwarded at the speed that its meters usually have', () => {
    const [line] = linesOf('{ id: L1, protocol: dlt698, dialIn: { port: 9001, terminal: "02001234" }, forward: {} }');
    expect(line).toMatchObject({ forward: { port: 31, baudRate: 9600, parity: 'even' } });
  });

  it.each(['02001234', '"0200123"', '"0200123x"', '"0A001234"', '"1234567890123"'])(
    'with the terminal %s names the place and what would be right',
    (terminal) => {
      const [problem, ...more] = problemsOf(
        `{ id: L1, protocol: dlt645, dialIn: { port: 9001, terminal: ${terminal} } }`,
      );
      expect(problem).toMatch(/^5 lines\[0\]\.dialIn\.terminal: must /);
      expect(more).toEqual([]);
    },
  );

  it('that dials in stands in the example as a comment, and is right', () => {
    const example = readFileSync('gateway/site.example.yaml', 'utf8');
    const block = example.split('\n').filter((line) => /^ {2}# (- id: carrier| {2}\w+: )/.test(line));
    expect(block).toHaveLength(5);
    const site = example.split('\n').map((line) => (block.includes(line) ? line.replace('# ', '') : line));
    const { lines } = parseSite('site.example.yaml', site.join('\n'), NOW);
    expect(lines.find(({ id }) => id === 'carrier')).toMatchObject({
      link: { dialIn: { port: 9001, terminal: '02001234' } },
      forward: { terminal: '02001234', port: 31 },
      concentrator: 'T2',
    });
  });
});
