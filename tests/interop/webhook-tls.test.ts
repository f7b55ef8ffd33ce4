import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EgressRules } from '../../api/webhooks/egress-rules.ts';
import { safePoster } from '../../api/webhooks/poster.ts';
import { EVENT_DEFAULTS } from '../support/event-settings.ts';
import { makeCertificates } from '../support/mosquitto.ts';

describe('posting to a webhook over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'meterway-webhook-'));
  const seen: (string | undefined)[] = [];
  let server: Server;
  beforeAll(async () => {
    makeCertificates(folder, 'erp.example.com', ['gateway']);
    const pair = { cert: readFileSync(join(folder, 'broker.crt')), key: readFileSync(join(folder, 'broker.key')) };
    server = createServer(pair, (request, response) => {
      seen.push(request.url);
      response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  it('says nothing to a server whose certificate nobody vouches for', async () => {
    const { port } = server.address() as AddressInfo;
    const settings = { ...EVENT_DEFAULTS, webhookPorts: String(port), webhookPrivateNetworks: '127.0.0.0/8' };
    const post = safePoster(new EgressRules(settings), async () => [{ address: '127.0.0.1', family: 4 }]);
    const { signal } = new AbortController();
    const sent = post({ url: `https://erp.example.com:${port}/hook`, headers: {}, body: '{}', signal });
    await expect(sent).rejects.toMatchObject({ code: expect.stringMatching(/CERT|VERIFY/) });
    expect(seen).toEqual([]);
  });
});
