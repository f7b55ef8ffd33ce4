import { Type } from 'typebox';
import { CENTRE, Days, Flag, setting, Text } from './setting.ts';

const API = ['standalone', 'api'] as const;

/** What the centre tells the outside: events, streams of them, webhooks. */
export const EVENT_SETTINGS = {
  eventsDays: setting(
    Days,
    90,
    CENTRE,
    'Days for which events, and webhook deliveries that failed for good, are kept; 0 = for ever',
    '事件及推送失败记录的保留天数；0 为永久',
  ),
  eventStreamsPerKey: setting(
    Type.Integer({ minimum: 1, maximum: 1000 }),
    16,
    API,
    'Streams of events that one key may have open at each API process',
    '每个密钥在每个 API 进程上可同时打开的事件流数',
  ),
  webhookAllowHttp: setting(
    Flag,
    false,
    API,
    'Webhooks may go to http:// addresses; for a network of your own only, what is sent can be read on the way',
    '允许推送到 http:// 地址；仅限自有网络，内容明文传输',
  ),
  webhookPorts: setting(
    Type.String({ pattern: '^[0-9]{1,5}(,[0-9]{1,5})*$' }),
    '443,8443',
    API,
    'Ports that webhooks may go to, separated by commas',
    '允许推送的端口，逗号分隔',
  ),
  webhookAllowedHosts: setting(
    Text,
    '',
    API,
    'Hosts that webhooks may go to, such as erp.example.com or *.example.com, separated by commas; empty: all public ones',
    '允许推送的主机，如 erp.example.com 或 *.example.com，逗号分隔；留空为所有公网主机',
  ),
  webhookPrivateNetworks: setting(
    Text,
    '',
    API,
    'Private networks that webhooks may go to, such as 10.20.0.0/16, separated by commas; empty: none',
    '允许推送的内网网段，如 10.20.0.0/16，逗号分隔；留空为不允许',
  ),
} as const;
