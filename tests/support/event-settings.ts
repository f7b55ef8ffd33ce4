/** As the installation has them that sets none. */
export const EVENT_DEFAULTS = {
  eventStreamsPerKey: 16,
  webhookAllowHttp: false,
  webhookPorts: '443,8443',
  webhookAllowedHosts: '',
  webhookPrivateNetworks: '',
};
