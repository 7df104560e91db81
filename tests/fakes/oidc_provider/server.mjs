// SPDX-License-Identifier: Apache-2.0
// An OpenID provider that nobody here wrote (npm oidc-provider, certified), set up for the client credentials grant.
//
// usage: node server.mjs CONFIGURATION, a JSON file with
//   module: file URL of oidc-provider   audience: aud of access tokens   jwks: private signing keys   clients: their metadata
//   people: whether people sign in too (device authorization), with any name and password
// Prints one line of JSON, {"issuer": …}, when it listens. It ends when its standard input does, so with its parent.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const configuration = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { default: Provider } = await import(configuration.module);

const server = createServer();
await new Promise((listening) => { server.listen(0, '127.0.0.1', listening); });
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: configuration.clients,
  jwks: configuration.jwks,
  scopes: ['aws'],
  enabledJWA: {
    clientAuthSigningAlgValues: ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'],
  },
  ttl: { ClientCredentials: 3600, DeviceCode: 600, IdToken: 3600, Grant: 3600, Interaction: 600, Session: 3600 },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  features: {
    devInteractions: { enabled: configuration.people },
    deviceFlow: { enabled: configuration.people },
    revocation: { enabled: configuration.people },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      // Like an authorization server of Okta: one audience for every token, whatever the client asks for or does not.
      defaultResource: () => (configuration.people ? undefined : configuration.audience),
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'aws',
        audience: configuration.audience,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 3600,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
});

server.on('request', provider.callback());
process.stdin.on('end', () => process.exit(0)).resume();
console.log(JSON.stringify({ issuer }));
