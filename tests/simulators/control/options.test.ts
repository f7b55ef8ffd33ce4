import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../../simulators/control/options.ts';

describe('the command line of the simulators', () => {
  it('needs a state folder only', () => {
    expect(parseOptions(['--state-dir', '/tmp/x'])).toEqual({
      stateDir: '/tmp/x',
      siteFile: '/tmp/x/site.yaml',
      clockOffsetMs: 0,
      controlPort: 0,
      seed: undefined,
      anchorMs: undefined,
      scenario: undefined,
    });
  });

  it('takes a district by its name', () => {
    expect(parseOptions(['--state-dir', '/tmp/x', '--scenario', 'mixed']).scenario).toBe('mixed');
  });

  it('takes a negative offset, joined or apart', () => {
    for (const offset of [['--clock-offset-ms=-5000'], ['--clock-offset-ms', '-5000']]) {
      expect(parseOptions(['--state-dir', '/tmp/x', ...offset, '--seed', '3'])).toMatchObject({
        clockOffsetMs: -5_000,
        seed: 3,
      });
    }
  });

  it.each([
    [['--state-dir', 'x', '--frog'], "Unknown option '--frog'"],
    [['--state-dir', 'x', 'frog'], 'Unexpected argument'],
    [[], '--state-dir is needed'],
    [['--state-dir', 'x', '--control-port', '70000'], '--control-port must be a whole number from 0 to 65535'],
    [['--state-dir', 'x', '--seed', 'a'], "--seed must be a whole number from 0 to 2147483647, not 'a'"],
    [['--state-dir', 'x', '--clock-offset-ms', ''], '--clock-offset-ms must be a whole number'],
    [['--state-dir', 'x', '--scenario', 'big'], "--scenario must be one of default, mixed, hotline, not 'big'"],
    [['--state-dir', 'x', '--anchor', 'soon'], '--anchor must be an RFC 3339 instant'],
  ])('is refused: %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
