import { Type } from 'typebox';
import { CENTRE, Port, setting, Text } from './setting.ts';

const MQTT_CLIENTS = ['standalone', 'gateway', 'collector'] as const;

/** How the programs reach the broker, and where the embedded one listens. */
export const BROKER_SETTINGS = {
  mqttUrl: setting(
    Text,
    '',
    MQTT_CLIENTS,
    'Broker, as mqtt://host:port or mqtts://host:port; empty in the gateway: the embedded broker',
    '消息服务器地址；网关留空则使用内嵌服务器',
  ),
  mqttUsername: setting(Text, '', ['gateway', 'collector'], 'User at the broker', '消息服务器用户名'),
  mqttPassword: setting(Text, '', ['gateway', 'collector'], 'Password at the broker', '消息服务器密码', true),
  mqttVersion: setting(
    Type.Enum(['auto', '3.1.1', '5']),
    'auto',
    MQTT_CLIENTS,
    'Version of MQTT; auto: 5 where the broker in METERWAY_MQTT_URL has it, else 3.1.1',
    'MQTT 版本；auto：METERWAY_MQTT_URL 的服务器支持 5 则用 5，否则 3.1.1',
  ),
  mqttReconnectS: setting(
    Type.Integer({ minimum: 1, maximum: 3600 }),
    10,
    MQTT_CLIENTS,
    'Seconds between attempts to reach a broker that is away, in the end; more for thousands of collectors',
    '消息服务器失联时重连间隔的上限（秒）；采集程序成千上万时宜加大',
  ),
  mqttCaFile: setting(
    Text,
    '',
    MQTT_CLIENTS,
    'Certificates that vouch for the broker of an mqtts:// address, PEM; empty: those of the system',
    '校验 mqtts:// 服务器的 CA 证书（PEM）；留空用系统证书',
  ),
  mqttCertFile: setting(
    Text,
    '',
    MQTT_CLIENTS,
    'Certificate that this program shows the broker, PEM; with METERWAY_MQTT_KEY_FILE',
    '本程序向服务器出示的证书（PEM），与 METERWAY_MQTT_KEY_FILE 同用',
  ),
  mqttKeyFile: setting(Text, '', MQTT_CLIENTS, 'Key of that certificate, PEM', '该证书的私钥（PEM）'),
  brokerHost: setting(
    Text,
    '127.0.0.1',
    CENTRE,
    'Address the embedded broker listens on; other machines reach it only if told so here',
    '内嵌消息服务器监听地址，默认仅本机',
  ),
  brokerPort: setting(
    Port,
    0,
    CENTRE,
    'Port of the embedded broker; 0 takes a free one',
    '内嵌消息服务器端口；0 为任意空闲端口',
  ),
} as const;
